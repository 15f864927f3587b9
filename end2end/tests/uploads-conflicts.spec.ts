// A name that is taken: nothing is lost unless somebody said so.
import { writeFile } from 'node:fs/promises';
import type { Page, TestInfo } from '@playwright/test';
import type { Account } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

/** Uploads new contents under names that are taken; answers once the first question stands. */
async function collide(page: Page, account: Account, info: TestInfo, names: string[]): Promise<FilesPage> {
  await account.seed(names.map((name) => [name, `old ${name}`]));
  const paths = await Promise.all(
    names.map(async (name) => {
      const file = info.outputPath(name);
      await writeFile(file, `new ${name}`);
      return file;
    }),
  );
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.pickFiles(...paths);
  await expect(page.getByRole('dialog', { name: /is already here/ })).toBeVisible();
  return files;
}

async function contents(account: Account): Promise<Record<string, string>> {
  const names = await account.names();
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, (await account.read(name)).toString()])));
}

test('skip, replace and keep both, file by file', async ({ page, account }, info) => {
  const files = await collide(page, account, info, ['a.txt', 'b.tar.gz', 'c.txt']);
  for (const [name, choice] of [
    ['a.txt', 'Skip'],
    ['b.tar.gz', 'Keep both'],
    ['c.txt', 'Replace'],
  ] as const) {
    const dialog = page.getByRole('dialog', { name: `“${name}” is already here` });
    await expect(dialog).toContainText(`The file that is here has ${`old ${name}`.length} B`);
    await dialog.getByRole('button', { name: choice }).click();
  }
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(files.upload('a.txt')).toContainText('Skipped');
  await expect(files.upload('c.txt')).toContainText('Done');
  await expect(files.row('b (1).tar.gz')).toBeVisible();
  expect(await contents(account)).toEqual({
    'a.txt': 'old a.txt',
    'b (1).tar.gz': 'new b.tar.gz',
    'b.tar.gz': 'old b.tar.gz',
    'c.txt': 'new c.txt',
  });
});

for (const [choice, left] of [
  ['Skip', { 'a.txt': 'old a.txt', 'b.txt': 'old b.txt', 'c.txt': 'old c.txt' }],
  ['Replace', { 'a.txt': 'new a.txt', 'b.txt': 'new b.txt', 'c.txt': 'new c.txt' }],
  [
    'Keep both',
    {
      'a (1).txt': 'new a.txt',
      'a.txt': 'old a.txt',
      'b (1).txt': 'new b.txt',
      'b.txt': 'old b.txt',
      'c (1).txt': 'new c.txt',
      'c.txt': 'old c.txt',
    },
  ],
] as const) {
  test(`${choice}, for all of them`, async ({ page, account }, info) => {
    const files = await collide(page, account, info, ['a.txt', 'b.txt', 'c.txt']);
    const dialog = page.getByRole('dialog', { name: /is already here/ });
    await dialog.getByRole('checkbox', { name: 'Do the same for the other 2 files' }).check();
    await dialog.getByRole('button', { name: choice }).click();
    await expect(dialog).toHaveCount(0);
    await expect(files.uploads.getByRole('heading')).toContainText(/Uploaded/);
    await expect.poll(() => contents(account)).toEqual(left);
  });
}

test('a question that was put off is answered in the list', async ({ page, account }, info) => {
  const files = await collide(page, account, info, ['a.txt']);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(files.upload('a.txt')).toContainText('A file of this name is already here');
  await files.upload('a.txt').getByRole('button', { name: 'Keep both' }).click();
  await expect(files.row('a (1).txt')).toBeVisible();
  expect(await contents(account)).toEqual({ 'a (1).txt': 'new a.txt', 'a.txt': 'old a.txt' });
});
