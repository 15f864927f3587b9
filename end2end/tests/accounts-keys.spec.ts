// What a person gives out and takes back: keys for scripts, and sign-ins of other devices.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from '../fixtures/test.ts';

/** Runs a line as a person would who pasted it into a shell. */
async function shell(line: string): Promise<{ stdout: string }> {
  return promisify(execFile)('bash', ['-c', line]);
}

for (const script of [true, false]) {
  test.describe(script ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled: script });

    test('a key made in the page works with curl as printed, and not once it is deleted', async ({ page, account, problems }) => {
      problems.allow(/status of 400/);
      await account.seed([
        ['reports/tides.txt', 'high at noon'],
        ['letter.txt', 'Dear Ada'],
      ]);
      await account.authenticate(page);
      await page.goto('/settings/api-keys');
      await expect(page.getByRole('heading', { name: 'No keys yet' })).toBeVisible();

      await page.getByLabel('Name').fill('nightly backup');
      await page.getByLabel('Folder').fill('a/../b');
      await page.getByRole('button', { name: 'Create the key' }).click();
      await expect(page.getByLabel('Folder')).toHaveAttribute('aria-invalid', 'true');
      await expect(page.getByLabel('Name')).toHaveValue('nightly backup');
      await page.getByLabel('Folder').fill('reports');
      await page.getByRole('button', { name: 'Create the key' }).click();

      const key = (await page.getByRole('region', { name: 'API key' }).innerText()).trim();
      const line = (await page.getByRole('region', { name: 'Try it' }).innerText()).trim();
      expect(key).toMatch(/^fpk_key_/);
      expect(page.url()).not.toContain(key);
      const listed = JSON.parse((await shell(line)).stdout) as { objects: { key: string }[] };
      expect(listed.objects.map((object) => object.key)).toEqual([`${account.prefix}reports/tides.txt`]);
      const outside = line.replace('reports%2F', '').replace('reports/', '');
      expect(JSON.parse((await shell(outside)).stdout)).toMatchObject({ code: 'PERMISSION_DENIED' });

      await page.getByRole('link', { name: 'I have copied it' }).click();
      const entry = page.getByRole('listitem').filter({ hasText: 'nightly backup' });
      await expect(entry).toContainText('Only reports/');
      await expect(page.getByRole('main')).not.toContainText(key);

      await entry.getByRole('button', { name: 'Delete the key nightly backup' }).click();
      const question = page.getByRole('dialog', { name: 'Delete the key “nightly backup”?' });
      await expect(question).toContainText('Whatever uses it is refused from this moment on');
      await question.getByRole('button', { name: 'Delete' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'The key is deleted' })).toBeVisible();
      expect(JSON.parse((await shell(line)).stdout)).toMatchObject({ code: 'INVALID_TOKEN' });
    });

    test('another browser is signed out from the list of devices', async ({ page, browser, account, program }) => {
      const elsewhere = await browser.newContext({ baseURL: program.url, javaScriptEnabled: script });
      const other = await elsewhere.newPage();
      await account.signIn(other);
      await account.authenticate(page);
      await page.goto('/settings/devices');
      const here = page.getByRole('listitem').filter({ hasText: 'This browser' });
      await expect(here).toHaveCount(1);
      await expect(here.getByRole('button')).toHaveCount(0);

      const browsers = page.getByRole('listitem').filter({ hasText: 'Chrom' });
      await expect(browsers).toHaveCount(2);
      await browsers.getByRole('button', { name: /^Sign out/ }).click();
      const question = page.getByRole('dialog', { name: /^Sign out/ });
      await expect(question).toContainText('It must sign in again');
      await question.getByRole('button', { name: 'Sign out' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Signed out' })).toBeVisible();

      await other.goto('/files/');
      await expect(other).toHaveURL(/\/sign-in/);
      await elsewhere.close();

      // The token of the account's own script is the last one besides this browser.
      await page.getByRole('button', { name: 'Sign out everywhere else' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere else' }).click();
      await expect(page.getByRole('listitem').filter({ hasText: 'Last seen' })).toHaveCount(1);
    });
  });
}

test('the key is copied by its button', async ({ page, context, account }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await account.authenticate(page);
  await page.goto('/settings/api-keys');
  await page.getByLabel('Name').fill('clipboard');
  await page.getByRole('button', { name: 'Create the key' }).click();
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  const key = (await page.getByRole('region', { name: 'API key' }).innerText()).trim();
  await page.getByRole('button', { name: 'Copy' }).first().click();
  await expect(page.getByRole('status').filter({ hasText: 'Copied' })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(key);
});

test('settings open from the rail without leaving the document, so that uploads go on', async ({ page, account }) => {
  await account.signIn(page);
  await expect(page.locator('html[data-hydrated]')).toBeAttached();
  await page.evaluate(() => Object.assign(window, { sameDocument: true }));
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Settings' }).click();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  await expect(page).toHaveTitle('Profile · Forepeak');
  await page.getByRole('link', { name: 'Devices' }).click();
  await expect(page).toHaveURL(/\/settings\/devices$/);
  await expect(page.getByRole('listitem').filter({ hasText: 'This browser' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveTitle('Profile · Forepeak');
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Home' }).click();
  await expect(page).toHaveURL(/\/files\/$/);
  await page.goBack();
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible();
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true);
});
