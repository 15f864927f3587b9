// What was deleted comes back, as long as storage keeps versions: by button, by key, from another folder.
import type { Locator, Page } from '@playwright/test';
import type { Account } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

interface Version {
  version_id: string;
  is_delete_marker: boolean;
}

async function versions(account: Account, name: string): Promise<Version[]> {
  const query = new URLSearchParams({ key: account.prefix + name });
  return account.call('GET', `/api/s3/object/versions?${query}`);
}

function toast(page: Page, text: string | RegExp): Locator {
  return page.getByRole('status').locator('.toast').filter({ hasText: text });
}

async function deleteSelected(page: Page, files: FilesPage): Promise<void> {
  await files.table.focus();
  await page.keyboard.press('Delete');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Delete \d/ }).click();
  await expect(dialog).toHaveCount(0);
}

test('one file comes back as the version that it was', async ({ page, account }) => {
  await account.seed([
    ['letter.txt', 'Dear Ada'],
    ['other.txt', 'x'],
  ]);
  const before = await versions(account, 'letter.txt');
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.row('letter.txt').click();
  await files.details.getByRole('button', { name: 'Delete this file' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('they can be brought back');
  await dialog.getByRole('button', { name: 'Delete 1 file' }).click();
  await expect(files.row('letter.txt')).toHaveCount(0);

  await toast(page, '“letter.txt” deleted').getByRole('button', { name: 'Undo' }).click();
  await expect(toast(page, '“letter.txt” is back')).toBeVisible();
  await expect(files.row('letter.txt')).toBeVisible();
  expect(await versions(account, 'letter.txt')).toEqual(before);
  await page.reload();
  await expect(files.row('letter.txt')).toBeVisible();
});

test('many files and folders come back by Ctrl-Z, without a mouse', async ({ page, account }) => {
  await account.seed([
    ['a/one.txt', '1'],
    ['a/b/two.txt', '2'],
    ['c.txt', '3'],
    ['stays.txt', '4'],
  ]);
  await account.call('POST', '/api/s3/folder', { prefix: `${account.prefix}a/empty/` });
  const before = await account.names();
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.table.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await deleteSelected(page, files);
  await expect(toast(page, '3 files deleted')).toBeVisible();
  expect(await account.names()).toEqual(['stays.txt']);

  await page.keyboard.press('Control+z');
  await expect(files.row('a')).toBeVisible();
  await expect(files.row('c.txt')).toBeVisible();
  expect(await account.names()).toEqual(before);
  await expect(toast(page, 'back')).toBeVisible();
  // What is undone cannot be undone again.
  await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
});

test('the button can be reached by Tab, and the offer waits while it has the focus', async ({ page, account }) => {
  await account.seed([['letter.txt', 'x']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.table.focus();
  await page.keyboard.press('Home');
  await deleteSelected(page, files);
  const undo = page.getByRole('button', { name: 'Undo' });
  for (let step = 0; step < 60 && !(await undo.evaluate((button) => button === document.activeElement)); step += 1) {
    await page.keyboard.press('Tab');
  }
  await expect(undo).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(files.row('letter.txt')).toBeVisible();
});

test('it works from another folder, and from inside the folder that was deleted', async ({ page, account }) => {
  await account.seed([
    ['a/one.txt', '1'],
    ['a/two.txt', '2'],
    ['b/three.txt', '3'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  for (const elsewhere of ['b', 'a']) {
    await files.table.focus();
    await page.keyboard.press('Home');
    await deleteSelected(page, files);
    await expect(files.row('a')).toHaveCount(0);
    if (elsewhere === 'b') {
      await files.row('b').getByRole('link').click();
      await expect(files.row('three.txt')).toBeVisible();
    } else {
      // By way of the page's own history: the folder was open before it was deleted.
      await page.evaluate(() => {
        const link = document.createElement('a');
        link.href = '/files/a/';
        document.querySelector('.app')?.append(link);
        link.click();
        link.remove();
      });
      await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
    }
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.poll(() => account.names()).toEqual(['a/one.txt', 'a/two.txt', 'b/three.txt']);
    if (elsewhere === 'a') await expect(files.row('one.txt')).toBeVisible();
    await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link', { name: 'Home' }).click();
    await expect(files.row('a')).toBeVisible();
  }
});

test('a file that was written anew meanwhile keeps its new content', async ({ page, account }) => {
  await account.seed([['letter.txt', 'old']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.table.focus();
  await page.keyboard.press('Home');
  await deleteSelected(page, files);
  await expect(files.row('letter.txt')).toHaveCount(0);
  await account.seed([['letter.txt', 'new']]);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(files.row('letter.txt')).toBeVisible();
  expect((await account.read('letter.txt')).toString()).toBe('new');
});
