// What admins do to other people's accounts, and what the log says of it.
import { readFile } from 'node:fs/promises';
import { randomBytes } from 'node:crypto';
import { Account } from '../fixtures/account.ts';
import { mailTo } from '../fixtures/mailbox.ts';
import { expect, test } from '../fixtures/test.ts';

for (const script of [true, false]) {
  test.describe(script ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled: script });

    test('find someone, make them an admin and an ordinary user again, disable and enable them', async ({
      page,
      account,
      browser,
      program,
      problems,
    }) => {
      test.setTimeout(120_000);
      problems.allow(/status of 40[0149]/);
      const admin = await Account.admin(program);
      const elsewhere = await browser.newContext({ baseURL: program.url, javaScriptEnabled: script });
      const theirs = await elsewhere.newPage();
      await account.signIn(theirs);
      expect((await theirs.goto('/admin/users'))?.status()).toBe(404);
      await expect(theirs.getByRole('heading', { name: 'There is nothing at this address' })).toBeVisible();

      await admin.authenticate(page);
      await page.goto('/admin/users');
      await page.getByLabel('Search').fill('nobody-is-called-so');
      await page.getByRole('button', { name: 'Search' }).click();
      await expect(page.getByRole('heading', { name: 'Nobody matches' })).toBeVisible();
      await page.getByLabel('Search').fill(account.username.slice(2).toUpperCase());
      await page.getByRole('button', { name: 'Search' }).click();
      await page.getByRole('link', { name: account.username }).click();
      await expect(page.getByRole('heading', { name: account.username })).toBeVisible();

      const ask = async (button: string, told: string): Promise<void> => {
        await page.getByRole('button', { name: button }).first().click();
        await page.getByRole('dialog').getByRole('button', { name: button }).click();
        await expect(page.getByRole('status').filter({ hasText: told })).toBeVisible();
      };
      await ask('Make an administrator', 'is an administrator now');
      expect((await theirs.goto('/admin/users'))?.status()).toBe(200);
      await ask('Make an ordinary user', 'is an ordinary user now');
      expect((await theirs.goto('/admin/users'))?.status()).toBe(404);

      await page.getByLabel('Limit in GiB').fill('a lot');
      await page.getByRole('button', { name: 'Save the limit' }).click();
      await expect(page.getByLabel('Limit in GiB')).toHaveAttribute('aria-invalid', 'true');
      await page.getByLabel('Limit in GiB').fill('1.5');
      await page.getByRole('button', { name: 'Save the limit' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'The limit is saved' })).toBeVisible();
      await expect(page.getByLabel('Limit in GiB')).toHaveValue('1.5');

      await ask('Disable the account', 'is disabled');
      await theirs.goto('/files/');
      await expect(theirs).toHaveURL(/\/sign-in/);
      await page.getByRole('button', { name: 'Enable the account' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'is enabled' })).toBeVisible();
      await account.signIn(theirs);
      await elsewhere.close();
    });

    test('an account is deleted; the only admin is not', async ({ page, account, program, problems }) => {
      problems.allow(/status of 40[049]/);
      const admin = await Account.admin(program);
      await admin.authenticate(page);
      await page.goto(`/admin/users?search=${account.username}`);
      await page.getByRole('link', { name: account.username }).click();
      await page.getByRole('button', { name: 'Delete the account' }).first().click();
      const question = page.getByRole('dialog', { name: `Delete the account ${account.username}?` });
      await expect(question).toContainText(account.prefix);
      await question.getByRole('button', { name: 'Delete the account' }).click();
      await expect(page.getByRole('status').filter({ hasText: `The account ${account.username} is deleted` })).toBeVisible();

      await page.goto('/admin/users?search=admin&role=admin');
      await page.getByRole('link', { name: 'admin', exact: true }).click();
      await page.getByRole('button', { name: 'Make an ordinary user' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make an ordinary user' }).click();
      await expect(page.getByRole('alert')).toContainText('last active administrator');
    });

    test('invite by link and by mail, withdraw, and take an invitation up', async ({ page, browser, program, problems }) => {
      problems.allow(/status of 40[0349]/);
      const admin = await Account.admin(program);
      await admin.authenticate(page);
      await page.goto('/admin/invitations');
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      const link = (await page.getByRole('region', { name: 'Link' }).innerText()).trim();
      expect(page.url()).not.toContain('invitation=');

      const elsewhere = await browser.newContext({ baseURL: program.url, javaScriptEnabled: script });
      const invited = await elsewhere.newPage();
      const username = `invited-${randomBytes(5).toString('hex')}`;
      await invited.goto(link);
      await invited.getByLabel('Username').fill(username);
      await invited.getByLabel('Password', { exact: true }).fill('a few unrelated words');
      await invited.getByRole('button', { name: 'Create account' }).click();
      await expect(invited.getByRole('status').filter({ hasText: `The account ${username} is ready` })).toBeVisible();
      await invited.goto(link);
      await invited.getByLabel('Username').fill(`${username}-2`);
      await invited.getByLabel('Password', { exact: true }).fill('a few unrelated words');
      await invited.getByRole('button', { name: 'Create account' }).click();
      await expect(invited.getByRole('alert')).toContainText(/invitation/i);
      await elsewhere.close();

      const address = `${username}@example.org`;
      await page.goto('/admin/invitations');
      await page.getByLabel('E-mail address').fill(address);
      await page.getByRole('button', { name: 'Invite', exact: true }).click();
      await expect(page.getByRole('status').filter({ hasText: `on its way to ${address}` })).toBeVisible();
      expect((await mailTo(program, address)).body).toContain('/register?invitation=');
      const entry = page.getByRole('listitem').filter({ hasText: address });
      await entry.getByRole('button', { name: /^Withdraw/ }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
      await expect(page.getByRole('listitem').filter({ hasText: address })).toContainText('Withdrawn');
    });

    test('the log is filtered and exported', async ({ page, account, program, problems }, info) => {
      problems.allow(/status of 400/);
      const admin = await Account.admin(program);
      await admin.authenticate(page);
      await page.goto('/admin/audit');
      await page.getByLabel('Who').fill(account.username);
      await page.getByLabel('Action').fill('account.');
      await page.getByLabel('Outcome').selectOption('Success');
      await page.getByRole('button', { name: 'Filter' }).click();
      const rows = page.getByRole('row').filter({ hasText: account.username });
      await expect(rows.filter({ hasText: 'account.register' })).toHaveCount(1);
      await expect(page.getByRole('row').filter({ hasText: 'admin' }).filter({ hasNotText: account.username })).toHaveCount(0);

      const download = page.waitForEvent('download');
      await page.getByRole('link', { name: 'Download as CSV' }).click();
      const file = info.outputPath('audit.csv');
      await (await download).saveAs(file);
      const lines = (await readFile(file, 'utf8')).trim().split('\r\n');
      expect(lines[0]).toContain('action');
      expect(lines.slice(1).length).toBeGreaterThan(0);
      for (const line of lines.slice(1)) expect(line).toContain(account.username);

      await page.getByLabel('Address').fill('at home');
      await page.getByRole('button', { name: 'Filter' }).click();
      await expect(page.getByLabel('Address')).toHaveAttribute('aria-invalid', 'true');
      await page.getByLabel('Address').fill('203.0.113.7');
      await page.getByRole('button', { name: 'Filter' }).click();
      await expect(page.getByRole('heading', { name: 'Nothing matches' })).toBeVisible();
    });
  });
}
