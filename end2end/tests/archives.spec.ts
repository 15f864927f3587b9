// A folder, and a selection of several things, come as one ZIP.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Download, Page } from '@playwright/test';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

const run = promisify(execFile);

/** The file's name, and what is in it: `unzip` verifies every byte. */
async function unpacked(download: Download): Promise<{ name: string; files: Record<string, string> }> {
  const path = await download.path();
  await run('unzip', ['-tq', path]);
  const { stdout } = await run('unzip', ['-Z1', path], { env: { ...process.env, LC_ALL: 'C.UTF-8' } });
  const files: Record<string, string> = {};
  for (const name of stdout.trim().split('\n')) {
    files[name] = name.endsWith('/') ? '' : (await run('unzip', ['-p', path, name])).stdout;
  }
  return { name: download.suggestedFilename(), files };
}

async function pressDownload(page: Page): Promise<Download> {
  const download = page.waitForEvent('download');
  await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Download' }).click();
  return download;
}

test('a folder is saved as a ZIP, from its menu', async ({ page, account }) => {
  await account.seed([
    ['Été 2024/a.txt', 'first'],
    ['Été 2024/deep/b.txt', 'second'],
    ['other.txt', 'not in it'],
  ]);
  await account.call('POST', '/api/s3/folder', { prefix: `${account.prefix}Été 2024/empty/` });
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const download = page.waitForEvent('download');
  await files.row('Été 2024').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Download' }).click();
  expect(await unpacked(await download)).toEqual({
    name: 'Été 2024.zip',
    files: { 'a.txt': 'first', 'deep/b.txt': 'second', 'empty/': '' },
  });
  await expect(files.row('other.txt'), 'the page stayed where it was').toBeVisible();
});

test('a selection is saved as a ZIP, and one file as it is', async ({ page, account }) => {
  await account.seed([
    ['trip/a.txt', 'first'],
    ['trip/b.txt', 'second'],
    ['trip/deep/c.txt', 'third'],
    ['trip/left.txt', 'not in it'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.open('trip/');
  await files.table.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Shift+ArrowDown');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(page.getByText('3 selected')).toBeVisible();
  expect(await unpacked(await pressDownload(page))).toEqual({
    name: 'trip.zip',
    files: { 'a.txt': 'first', 'b.txt': 'second', 'deep/c.txt': 'third' },
  });

  await files.table.focus();
  await page.keyboard.press('Control+a');
  await expect(page.getByText('4 selected')).toBeVisible();
  const all = await unpacked(await pressDownload(page));
  expect(Object.keys(all.files)).toEqual(['a.txt', 'b.txt', 'deep/c.txt', 'left.txt']);

  await files.row('left.txt').click();
  const single = page.waitForEvent('download');
  await files.details.getByRole('button', { name: 'Download', exact: true }).click();
  expect((await single).suggestedFilename()).toBe('left.txt');
});

test('a ZIP that cannot be made is said to be missing', async ({ page, account, problems }) => {
  await account.seed([
    ['a.txt', 'first'],
    ['b.txt', 'second'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.table.focus();
  await page.keyboard.press('Control+a');
  await page.route('**/api/s3/archive', (route) => route.abort());
  problems.allow(/Failed to load resource/);
  await page.getByRole('region', { name: 'Selection' }).getByRole('button', { name: 'Download' }).click();
  await expect(page.locator('.toast').filter({ hasText: 'Nothing was downloaded.' })).toBeVisible();
});
