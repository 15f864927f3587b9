// Whatever a thing is called, it can be made, listed, opened, downloaded and deleted in the browser.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FilesPage, visible } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

const NAMES = [
  '100% sure',
  '%41%2f%252e',
  'a+b c',
  'hash#tag',
  'what?now=1&then=2',
  'caf\u00e9 composed',
  'cafe\u0301 decomposed',
  'ship \u{1f6a2} flag \u{1f3f4}\u{200d}\u2620\ufe0f',
  'gnp.\u202exe harmless',
  '\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627',
  '"double" \'single\' `back`',
  '<b>bold<b> & &amp;',
  'back\\slash',
  'semi;colon, comma = [brackets] {braces}',
  '~tilde!$^*()|:@',
  '-rf',
  '...',
  'two  spaces',
];

/** So many names share one sign-in. */
const TOGETHER = 6;

for (let first = 0; first < NAMES.length; first += TOGETHER) {
  const names = NAMES.slice(first, first + TOGETHER);
  test(`made, listed, opened, downloaded and deleted: ${names.map((name) => JSON.stringify(name)).join(', ')}`, async ({
    page,
    account,
  }, info) => {
    test.setTimeout(180_000);
    const source = info.outputPath('source');
    await mkdir(source, { recursive: true });
    await account.signIn(page);
    const files = new FilesPage(page);
    await files.interactive();
    const content = files.details.locator('pre');

    for (const given of names) {
      // The page makes new names composed.
      const name = given.normalize('NFC');
      const file = path.join(source, `${given}.txt`);
      await writeFile(file, `content of ${name}`);
      await page.getByRole('button', { name: 'New folder' }).click();
      await page.getByRole('dialog').getByRole('textbox').fill(given);
      await page.keyboard.press('Enter');
      await expect(files.named(name)).toBeVisible();
      await files.named(name).getByRole('link').click();
      await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();

      await files.pickFiles(file);
      await expect(files.named(`${name}.txt`)).toBeVisible();
      expect(await account.names()).toEqual([`${name}/`, `${name}/${name}.txt`].sort());

      // The address survives a reload, and so do the open details.
      await files.named(`${name}.txt`).click();
      await expect(content).toHaveText(`content of ${name}`, { useInnerText: true });
      await page.reload();
      await files.interactive();
      await expect(content).toHaveText(`content of ${name}`, { useInnerText: true });
      const crumbs = page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link');
      expect(await crumbs.last().evaluate((link) => link.textContent)).toBe(visible(name));

      const download = page.waitForEvent('download');
      await files.details.getByRole('button', { name: 'Download', exact: true }).click();
      expect(await readFile(await (await download).path(), 'utf8')).toBe(`content of ${name}`);

      await files.details.getByRole('button', { name: 'Delete this file' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 file' }).click();
      await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
      await crumbs.first().click();
      await files.named(name).click({ position: { x: 400, y: 10 } });
      await page.keyboard.press('Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 folder' }).click();
      await expect(files.named(name)).toHaveCount(0);
      expect(await account.names()).toEqual([]);
    }
  });
}

test('a folder between two slashes has no name, and is a folder all the same', async ({ page, account }) => {
  await account.seed([
    ['a//b/deep.txt', 'deep'],
    ['a//shallow.txt', 'shallow'],
    ['a/plain.txt', 'plain'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.row('a').getByRole('link').click();
  await expect(files.row('plain.txt')).toBeVisible();
  await expect(files.table.getByRole('row')).toHaveCount(3);
  // The first row after the head.
  await files.table.getByRole('row').nth(1).getByRole('link').click();
  await expect(page).toHaveURL(/\/files\/a\/\/(\?.*)?$/);
  await expect(files.row('shallow.txt')).toBeVisible();
  await page.reload();
  await files.interactive();
  await files.row('b').getByRole('link').click();
  await expect(page).toHaveURL(/\/files\/a\/\/b\/(\?.*)?$/);
  await files.row('deep.txt').click();
  await expect(files.details.locator('pre')).toHaveText('deep');

  // Up again, by the breadcrumbs and by key.
  await page.keyboard.press('Escape');
  await page.getByRole('navigation', { name: 'Breadcrumbs' }).getByRole('link').nth(2).click();
  await expect(page).toHaveURL(/\/files\/a\/\/(\?.*)?$/);
  await expect(files.row('shallow.txt')).toBeVisible();
  await files.table.focus();
  await page.keyboard.press('Backspace');
  await expect(files.row('plain.txt')).toBeVisible();

  await files.table.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Delete');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('1 folder: 2 files in all');
  await dialog.getByRole('button', { name: /^Delete/ }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => account.names()).toEqual(['a/plain.txt']);
});
