// The main jobs without a mouse: nothing here clicks, and the focus is always somewhere to be seen.
import type { Page } from '@playwright/test';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

/** Tabs until the control of that role and name has the focus; the way there must not be endless. */
async function tabTo(page: Page, role: 'button' | 'grid' | 'textbox' | 'link', name: string | RegExp): Promise<void> {
  const goal = page.getByRole(role, { name }).first();
  for (let step = 0; step < 60; step += 1) {
    if (await goal.evaluate((element) => element.contains(document.activeElement))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`sixty tabs did not lead to the ${role} ${name}`);
}

test('sign in, make a folder, open it, come back, delete, sign out: by keyboard alone', async ({ page, account }) => {
  await account.seed([
    ['anchor.txt', 'a'],
    ['buoy.txt', 'b'],
    ['compass.txt', 'c'],
  ]);
  const files = new FilesPage(page);

  await page.goto('/sign-in');
  await expect(page.getByLabel('Username')).toBeFocused();
  await page.keyboard.type(account.username);
  await page.keyboard.press('Tab');
  await page.keyboard.type(account.password);
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/files\/?$/);
  await files.interactive();

  await tabTo(page, 'button', 'New folder');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog').getByRole('textbox')).toBeFocused();
  await page.keyboard.type('log book');
  await page.keyboard.press('Enter');
  await expect(files.row('log book')).toBeVisible();

  // The new folder is where the keyboard stands: Enter opens it, Backspace leads back out.
  await expect(files.table).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/files\/log%20book\/$/);
  await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
  await page.goBack();
  await expect(page).toHaveURL(/\/files\/(\?.*)?$/);

  // Folders come first; the two files after it are deleted.
  await tabTo(page, 'grid', /./);
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Delete');
  const dialog = page.getByRole('dialog', { name: 'Delete 2 items?' });
  await expect(dialog).toContainText('This deletes 2 files');
  await tabTo(page, 'button', /^Delete 2/);
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(files.row('anchor.txt')).toHaveCount(0);
  await expect(files.row('buoy.txt')).toHaveCount(0);
  await expect(files.row('compass.txt')).toBeVisible();
  expect((await account.list()).map(({ key }) => key.slice(account.prefix.length))).toEqual(['compass.txt', 'log book/']);

  await tabTo(page, 'button', /^Account/);
  await page.keyboard.press('Enter');
  await tabTo(page, 'button', 'Sign out');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/sign-in/);
});
