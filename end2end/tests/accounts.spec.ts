// Accounts from their beginning: registering by mail, passwords changed and forgotten. All of it with and without
// JavaScript: these pages are forms that the server answers.
import { randomBytes } from 'node:crypto';
import type { Page } from '@playwright/test';
import { codeIn, mailsTo, mailTo } from '../fixtures/mailbox.ts';
import { expect, test } from '../fixtures/test.ts';

const FIRST = 'a few unrelated words';
const SECOND = 'quite another sentence';

function somebody(): { username: string; email: string } {
  const username = `grace-${randomBytes(5).toString('hex')}`;
  return { username, email: `${username}@example.org` };
}

/** Six digits that are not the code. */
function wrong(code: string): string {
  return code === '000000' ? '111111' : '000000';
}

async function signIn(page: Page, username: string, password: string): Promise<void> {
  await page.goto('/sign-in');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

for (const script of [true, false]) {
  test.describe(script ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled: script });

    test('register, confirm with the mailed code, sign in, change the password; the other browser is out', async ({
      page,
      browser,
      program,
      problems,
    }) => {
      // The browser itself remarks on the status of a page that refuses.
      problems.allow(/status of 40[01]/);
      const { username, email } = somebody();
      await page.goto('/sign-in');
      await page.getByRole('link', { name: 'Create an account' }).click();
      await page.getByLabel('Username').fill(username);
      await page.getByLabel(/^E-mail address/).fill(email);
      await page.getByLabel('Password', { exact: true }).fill('password');
      await page.getByRole('button', { name: 'Create account' }).click();

      // A refusal stands beside its field, and nothing typed is lost but the secret.
      await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByLabel('Username')).toHaveValue(username);
      await expect(page.getByLabel(/^E-mail address/)).toHaveValue(email);
      await page.getByLabel('Password', { exact: true }).fill(FIRST);
      await page.getByRole('button', { name: 'Create account' }).click();

      await expect(page.getByRole('heading', { name: 'Confirm your e-mail address' })).toBeVisible();
      const code = codeIn(await mailTo(program, email));
      await page.getByLabel('Code').fill(wrong(code));
      await page.getByRole('button', { name: 'Confirm' }).click();
      await expect(page.getByLabel('Code')).toHaveAttribute('aria-invalid', 'true');
      // As a mail reader copies it.
      await page.getByLabel('Code').fill(`${code.slice(0, 3)} ${code.slice(3)}`);
      await page.getByRole('button', { name: 'Confirm' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Your e-mail address is confirmed' })).toBeVisible();

      await signIn(page, username, FIRST);
      await expect(page).toHaveURL(/\/files\/?$/);
      const elsewhere = await browser.newContext({ baseURL: program.url, javaScriptEnabled: script });
      const other = await elsewhere.newPage();
      await signIn(other, username, FIRST);
      await expect(other).toHaveURL(/\/files\/?$/);

      await page.goto('/settings/password');
      await page.getByLabel('Current password').fill('not my password');
      await page.getByLabel('New password').fill(SECOND);
      await page.getByRole('button', { name: 'Change the password' }).click();
      await expect(page.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
      await page.getByLabel('Current password').fill(FIRST);
      await page.getByLabel('New password').fill(SECOND);
      await page.getByRole('button', { name: 'Change the password' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();

      await other.goto('/files/');
      await expect(other).toHaveURL(/\/sign-in/);
      await elsewhere.close();
      await page.goto('/files/');
      await expect(page).toHaveURL(/\/files\/$/);
      expect((await mailTo(program, email, 2)).subject).toMatch(/password/i);
    });

    test('a forgotten password is reset with a mailed code, and every device is out', async ({
      page,
      browser,
      program,
      problems,
    }) => {
      problems.allow(/status of 40[01]/);
      const { username, email } = somebody();
      await register(program.url, username, email);
      const confirmation = codeIn(await mailTo(program, email));
      await confirm(program.url, username, confirmation);
      const elsewhere = await browser.newContext({ baseURL: program.url, javaScriptEnabled: script });
      const other = await elsewhere.newPage();
      await signIn(other, username, FIRST);
      await expect(other).toHaveURL(/\/files\/?$/);

      await page.goto('/sign-in');
      await page.getByRole('link', { name: 'Forgot your password?' }).click();
      await page.getByLabel('Username or e-mail address').fill(username);
      await page.getByRole('button', { name: 'Mail me a code' }).click();
      await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
      await expect(page.getByLabel('Username')).toHaveValue(username);
      const code = codeIn(await mailTo(program, email, 2));
      expect(page.url()).not.toContain(code);
      await page.getByLabel('Code').fill(code);
      await page.getByLabel('New password').fill(SECOND);
      await page.getByRole('button', { name: 'Set the password' }).click();
      await expect(page).toHaveURL(/\/sign-in$/);
      await expect(page.getByRole('status').filter({ hasText: 'Your password is changed' })).toBeVisible();

      await other.goto('/files/');
      await expect(other).toHaveURL(/\/sign-in/);
      await elsewhere.close();
      await signIn(page, username, FIRST);
      await expect(page.getByRole('alert')).toContainText('do not match');
      await signIn(page, username, SECOND);
      await expect(page).toHaveURL(/\/files\/?$/);
    });

    test('what is said of an account that nobody has is what is said of every account', async ({ page, account, program }) => {
      const said: string[] = [];
      for (const name of [account.username, 'nobody-of-this-name', 'nobody@example.org']) {
        await page.goto('/forgot-password');
        await page.getByLabel('Username or e-mail address').fill(name);
        await page.getByRole('button', { name: 'Mail me a code' }).click();
        said.push(await page.getByRole('status').filter({ hasText: 'If there is such an account' }).innerText());
      }
      expect(new Set(said).size).toBe(1);
      expect(await mailsTo(program, 'nobody@example.org')).toEqual([]);
    });

    test('the name is changed, and a new address is good once its code was entered', async ({ page, account, program }) => {
      const address = `${account.username}@example.org`;
      await account.authenticate(page);
      await page.goto('/settings/profile');
      await page.getByLabel('Full name').fill('Grace Hopper');
      await page.getByRole('button', { name: 'Save the name' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Your name is saved' })).toBeVisible();
      await expect(page.getByLabel('Full name')).toHaveValue('Grace Hopper');

      await page.getByLabel('New address').fill(address);
      await page.getByLabel('Your password').fill(account.password);
      await page.getByRole('button', { name: 'Change the address' }).click();
      await page.getByLabel('Code').fill(codeIn(await mailTo(program, address)));
      await page.getByRole('button', { name: 'Confirm' }).click();
      await expect(page).toHaveURL(/\/settings\/profile$/);
      await expect(page.getByRole('main')).toContainText(address);
    });

    test('settings ask a stranger to sign in, and lead back', async ({ page, account }) => {
      await page.goto('/settings/devices');
      await page.getByLabel('Username').fill(account.username);
      await page.getByLabel('Password', { exact: true }).fill(account.password);
      await page.getByRole('button', { name: 'Sign in', exact: true }).click();
      await expect(page).toHaveURL(/\/settings\/devices$/);
    });
  });
}

test('a pasted code loses its spaces, a password can be shown, and its strength is told', async ({ page }) => {
  await page.goto('/reset-password');
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  await page.getByLabel('Code').fill('123 456');
  await expect(page.getByLabel('Code')).toHaveValue('123456');

  const password = page.getByLabel('New password');
  await password.fill('12345678');
  await expect(page.getByText('Easy to guess.')).toBeVisible();
  await password.fill('a few unrelated words');
  await expect(page.getByText('Strong.')).toBeVisible();
  await expect(password).toHaveAttribute('type', 'password');
  await page.getByRole('button', { name: 'Show password' }).click();
  await expect(password).toHaveAttribute('type', 'text');
  await expect(password).toBeFocused();
});

async function register(site: string, username: string, email: string): Promise<void> {
  await post(`${site}/api/auth/register`, { username, email, password: FIRST });
}

async function confirm(site: string, username: string, code: string): Promise<void> {
  await post(`${site}/api/auth/confirm`, { username, code });
}

async function post(url: string, json: unknown): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
  expect(answer.status, await answer.text()).toBe(200);
}
