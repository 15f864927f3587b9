// Ways for files to come in beside the two dialogs: dropped from the desktop, folders too, and pasted.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

test('a dropped folder arrives whole, with its empty folders', async ({ page, account }, info) => {
  const folder = info.outputPath('trip');
  await mkdir(path.join(folder, 'maps', 'old'), { recursive: true });
  await mkdir(path.join(folder, 'plans for 100%', 'later'), { recursive: true });
  await writeFile(path.join(folder, 'letter.txt'), 'Dear Ada');
  await writeFile(path.join(folder, 'maps', 'harbour #1.txt'), 'a map');
  const beside = info.outputPath('beside.txt');
  await writeFile(beside, 'beside');
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  await files.drop(folder, beside);
  await expect(files.upload('beside.txt')).toContainText('Done');
  await expect(files.row('trip')).toBeVisible();
  await expect
    .poll(() => account.names())
    .toEqual(['beside.txt', 'trip/letter.txt', 'trip/maps/harbour #1.txt', 'trip/maps/old/', 'trip/plans for 100%/later/']);
  expect((await account.read('trip/maps/harbour #1.txt')).toString()).toBe('a map');
  await files.row('trip').getByRole('link').click();
  await expect(files.row('plans for 100%')).toBeVisible();
  await files.row('plans for 100%').getByRole('link').click();
  await expect(files.row('later')).toBeVisible();
});

test('a dropped folder of nothing is a folder of nothing', async ({ page, account }, info) => {
  const folder = info.outputPath('void');
  await mkdir(folder, { recursive: true });
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.drop(folder);
  await expect(files.row('void')).toBeVisible();
  expect(await account.names()).toEqual(['void/']);
});

test('pasted files go to the open folder; pasted text is left alone', async ({ page, account }) => {
  await account.seed([['notes/a.txt', 'a']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.open('notes/');
  // A page cannot put files on the real clipboard; the event is the one that the browser makes of them.
  const paste = (target: string, withFile: boolean) =>
    page.locator(target).evaluate((element, withFile) => {
      const data = new DataTransfer();
      if (withFile) data.items.add(new File(['pasted bytes'], 'shot.png', { type: 'image/png' }));
      else data.setData('text/plain', 'words');
      return element.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      );
    }, withFile);
  expect(await paste('input[type=search]', false), 'text goes where it was pasted').toBe(true);
  expect(await paste('body', true), 'files do not').toBe(false);
  await expect(files.upload('shot.png')).toContainText('Done');
  await expect(files.row('shot.png')).toBeVisible();
  expect((await account.read('notes/shot.png')).toString()).toBe('pasted bytes');
});
