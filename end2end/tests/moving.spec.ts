// Renaming, moving and copying: by menu and by key, one thing and many, with what is in the way, and taken back.
import { expectAccessible, expectButtonsInside } from '../fixtures/accessibility.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { PHONE } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';

test('a file is renamed by F2, and a folder from its menu, and both get their names back', async ({ page, account }) => {
  await account.seed([
    ['letter.txt', 'Dear Ada'],
    ['other.txt', 'x'],
    ['Photos/a.jpg', 'a'],
    ['Photos/deep/b.jpg', 'b'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.table.focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('F2');
  const dialog = page.getByRole('dialog', { name: 'Rename “letter.txt”' });
  await expect(dialog.getByRole('textbox')).toBeFocused();
  // The extension stays when somebody types at once.
  await page.keyboard.type('other');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('already something called “other.txt”');
  await dialog.getByRole('textbox').fill('a/b');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toContainText('cannot contain a slash');
  await dialog.getByRole('textbox').fill('note.txt');
  await page.keyboard.press('Enter');
  await expect(dialog).toHaveCount(0);
  await expect(files.row('note.txt')).toBeVisible();
  await expect(files.row('note.txt')).toHaveAttribute('aria-selected', 'true');
  await expect(files.table).toBeFocused();
  await expect(files.row('letter.txt')).toHaveCount(0);
  expect((await account.read('note.txt')).toString()).toBe('Dear Ada');
  await page.keyboard.press('Control+z');
  await expect(files.row('letter.txt')).toBeVisible();
  await expect(files.row('note.txt')).toHaveCount(0);

  await files.choose('Photos', /Rename/);
  await page.getByRole('dialog').getByRole('textbox').fill('Pictures');
  await page.keyboard.press('Enter');
  await expect(files.row('Pictures')).toBeVisible();
  await expect(files.row('Photos')).toHaveCount(0);
  expect(await account.names()).toEqual(['Pictures/a.jpg', 'Pictures/deep/b.jpg', 'letter.txt', 'other.txt']);
  await files.toast('“Photos” is now “Pictures”').getByRole('button', { name: 'Undo' }).click();
  await expect(files.row('Photos')).toBeVisible();
  await expect(files.row('Pictures')).toHaveCount(0);
});

test('a selection is moved into a folder that is made on the way, and back', async ({ page, account }) => {
  await account.seed([
    ['a.txt', '1'],
    ['b.txt', '2'],
    ['c/d.txt', '3'],
    ['archive/old.txt', '4'],
    ['stays.txt', '5'],
  ]);
  const before = await account.names();
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.row('a.txt').getByRole('checkbox').click();
  await files.row('b.txt').getByRole('checkbox').click();
  await files.row('c').getByRole('checkbox').click();
  await page.getByRole('button', { name: 'More actions for the selection' }).click();
  await page.getByRole('menuitem', { name: 'Move to…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Move 3 items to…' });
  await expect(dialog.getByRole('button', { name: 'Move here' }), 'they are there already').toBeDisabled();
  await expect(dialog.getByRole('button', { name: 'c', exact: true }), 'no folder goes into itself').toBeDisabled();
  await dialog.getByRole('button', { name: 'archive' }).click();
  await expect(dialog).toContainText('No folders in here.');
  await dialog.getByRole('button', { name: 'New folder here' }).click();
  await page.keyboard.type('2026');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('button', { name: '2026' })).toBeVisible();
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(files.toast('3 items moved to “2026”')).toBeVisible();
  await expect(files.row('a.txt')).toHaveCount(0);
  await expect(files.row('c')).toHaveCount(0);
  await expect(files.row('stays.txt')).toBeVisible();
  expect(await account.names()).toEqual([
    'archive/2026/',
    'archive/2026/a.txt',
    'archive/2026/b.txt',
    'archive/2026/c/d.txt',
    'archive/old.txt',
    'stays.txt',
  ]);

  await files.toast('3 items moved').getByRole('button', { name: 'Undo' }).click();
  await expect(files.row('a.txt')).toBeVisible();
  await expect(files.row('c')).toBeVisible();
  await expect(files.toast('back where it was').or(files.toast('items are back'))).toBeVisible();
  expect(await account.names()).toEqual(['archive/2026/', ...before].sort());
});

for (const [choice, there, both] of [
  ['Keep both', 'theirs', true],
  ['Replace', 'mine', false],
  ['Skip', 'theirs', false],
] as const) {
  test(`a copy where the name is taken: ${choice}`, async ({ page, account }) => {
    await account.seed([
      ['a.txt', 'mine'],
      ['to/a.txt', 'theirs'],
    ]);
    await account.signIn(page);
    const files = new FilesPage(page);
    await files.interactive();
    await files.choose('a.txt', 'Copy to…');
    const dialog = page.getByRole('dialog', { name: 'Copy “a.txt” to…' });
    await dialog.getByRole('button', { name: 'to', exact: true }).click();
    await dialog.getByRole('radio', { name: choice }).check();
    await dialog.getByRole('button', { name: 'Copy here' }).click();
    await expect(files.toast('“a.txt” copied to “to”')).toBeVisible();
    expect((await account.read('to/a.txt')).toString()).toBe(there);
    const names = await account.names();
    expect(names.length).toBe(both ? 3 : 2);
    if (both) expect((await account.read(names.find((name) => name.includes('('))!)).toString()).toBe('mine');
    if (choice === 'Replace') {
      await files.toast('copied').getByRole('button', { name: 'Undo' }).click();
      await expect(files.toast('The copies are gone.')).toBeVisible();
      expect((await account.read('to/a.txt')).toString()).toBe('theirs');
    }
    await files.open('to/');
    await expect(files.row('a.txt')).toBeVisible();
  });
}

test('everything that is selected of more than a thousand is moved', async ({ page, account }) => {
  test.setTimeout(120_000);
  await account.seed(Array.from({ length: 1_010 }, (_, n) => [`in/${n}.txt`, 'x']));
  await account.call('POST', '/api/s3/folder', { prefix: `${account.prefix}to/` });
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.open('in/');
  await expect(page.getByText('1,010 items')).toBeVisible();
  await files.table.focus();
  await page.keyboard.press('Control+a');
  await page.getByRole('button', { name: 'More actions for the selection' }).click();
  await page.getByRole('menuitem', { name: 'Move to…' }).click();
  const dialog = page.getByRole('dialog', { name: 'Move 1,010 items to…' });
  await dialog.getByRole('button', { name: 'Home' }).click();
  await dialog.getByRole('button', { name: 'to', exact: true }).click();
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible({ timeout: 60_000 });
  const names = await account.names();
  expect(names.filter((name) => name.startsWith('to/') && name.endsWith('.txt'))).toHaveLength(1_010);
  expect(names.filter((name) => name.startsWith('in/') && name.endsWith('.txt'))).toHaveLength(0);
});

test('on a phone the dialog to move fits', async ({ page, account }) => {
  await page.setViewportSize(PHONE);
  await account.seed([
    ['a name that is rather long for a phone of this size.txt', '1'],
    ['and a folder whose name is no shorter than that/b.txt', '2'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.table.getByRole('button', { name: /^More actions for a name/ }).click();
  await page.getByRole('menuitem', { name: 'Move to…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^and a folder/ }).click();
  await expect(dialog).toContainText('No folders in here.');
  await expectButtonsInside(page, 'move');
  await expectAccessible(page, 'move');
  await page.screenshot({ path: test.info().outputPath('move.png') });
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await expect(files.toast('moved')).toBeVisible();
});
