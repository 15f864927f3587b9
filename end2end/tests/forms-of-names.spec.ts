// Names that look alike are found alike, and names that deceive are seen through.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

// With the accent in one character with its letter, and in one of its own, as macOS writes it.
const [COMPOSED, DECOMPOSED] = ['caf\u00e9', 'cafe\u0301'];

test('both forms of a name are filtered, searched and gone to alike', async ({ page, account }) => {
  await account.seed([
    [`${COMPOSED} one.txt`, '1'],
    [`${DECOMPOSED} two.txt`, '2'],
    ['STRASSE.txt', '3'],
    ['other.txt', '4'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const box = page.getByRole('searchbox');
  for (const typed of [COMPOSED, DECOMPOSED, 'CAF\u00c9']) {
    await box.fill(typed);
    await expect(files.table.locator('a.name')).toHaveCount(2);
  }
  await box.fill('straße');
  await expect(files.table.locator('a.name')).toHaveText(['STRASSE.txt']);
  await box.fill(COMPOSED);
  await box.press('Enter');
  const marks = page.locator('.hit-name mark');
  await expect(marks).toHaveCount(2);
  expect((await marks.allTextContents()).sort()).toEqual([COMPOSED, DECOMPOSED].sort());
});

test('a name that is taken in the other form is asked about, and replaced as it is', async ({ page, account }, info) => {
  await account.seed([[`${DECOMPOSED}.txt`, 'the old one']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const source = info.outputPath('source');
  await mkdir(source, { recursive: true });
  await writeFile(path.join(source, `${COMPOSED}.txt`), 'the new one');
  const dialog = page.getByRole('dialog', { name: 'is already here' });

  await files.pickFiles(path.join(source, `${COMPOSED}.txt`));
  await dialog.getByRole('button', { name: 'Replace' }).click();
  await expect(files.uploads).toContainText('Done');
  expect(await account.names()).toEqual([`${DECOMPOSED}.txt`]);
  expect((await account.read(`${DECOMPOSED}.txt`)).toString()).toBe('the new one');
});

test('new names are composed, and a folder that is there is gone on with', async ({ page, account }, info) => {
  await account.seed([[`${DECOMPOSED}/here.txt`, 'here']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const source = info.outputPath('source');
  const [known, fresh] = [path.join(source, COMPOSED), path.join(source, 'Z\u00fc'.normalize('NFD'))];
  for (const folder of [known, fresh]) {
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `${DECOMPOSED}.txt`), 'new');
  }
  await files.drop(known, fresh);
  await expect(files.uploads).toContainText('Uploaded 2 of 2');
  expect(await account.names()).toEqual(
    [`${DECOMPOSED}/here.txt`, `${DECOMPOSED}/${DECOMPOSED}.txt`, `Z\u00fc/${COMPOSED}.txt`].sort(),
  );

  await page.getByRole('button', { name: 'New folder' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill(COMPOSED);
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText(`There is already a folder “${COMPOSED}” here.`);
});

test('marks that reorder a name are shown wherever it is', async ({ page, account }, info) => {
  const [name, shown] = ['invoice\u202etxt.exe', 'invoice<U+202E>txt.exe'];
  const folder = `\u2067${name}`;
  await account.seed([
    [name, 'text'],
    [`${folder}/x`, 'x'],
    ['\u05e9\u05dc\u05d5\u05dd (1).txt', 'x'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  // Isolated, so that names from right to left leave what is around them in its order.
  await expect(files.table.locator('a.name > bdi')).toHaveText([`<U+2067>${shown}`, shown, /^\u05e9/]);
  await files.named(name).click();
  await expect(files.details.getByRole('heading', { name: shown })).toBeVisible();
  await files.details.getByRole('button', { name: 'Delete this file' }).click();
  const dialog = page.getByRole('dialog', { name: `Delete “${shown}”?` });
  await dialog.getByRole('button', { name: 'Delete 1 file' }).click();
  await expect(page.getByText(`“${shown}” deleted.`)).toBeVisible();

  await files.named(folder).getByRole('link').click();
  await expect(page).toHaveTitle(`<U+2067>${shown} · Forepeak`);
  const source = info.outputPath('source');
  await mkdir(source, { recursive: true });
  await writeFile(path.join(source, name), 'text');
  await files.pickFiles(path.join(source, name));
  await expect(files.upload(shown)).toContainText('Done');
  const text = await page.evaluate(() => document.documentElement.innerText + document.title);
  expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069]/u);
});
