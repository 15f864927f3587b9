// Deleted files, the folder as it was, and the versions of a file: looked at, restored, and deleted for good.
import { expectAccessible, expectButtonsInside, expectNoSidewaysScroll } from '../fixtures/accessibility.ts';
import type { Account } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { DESK, PHONE } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';

async function remove(account: Account, ...names: string[]): Promise<void> {
  await account.call('DELETE', '/api/s3/objects', { keys: names.map((name) => account.prefix + name) });
}

test('deleted files are listed, and restored one by one, by selection, and all', async ({ page, account }) => {
  const names = ['a.txt', 'b.txt', 'c/d.txt', 'c/e.txt', 'f.txt'];
  await account.seed(names.map((name) => [name, name]));
  await account.seed([['stays.txt', 'x']]);
  await remove(account, ...names);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await page.getByRole('button', { name: 'Deleted and earlier' }).click();
  await page.getByRole('menuitem', { name: 'Show deleted files' }).click();
  await expect(page.getByRole('heading', { name: 'Deleted from “Home”' })).toBeVisible();
  const row = (name: string) => page.locator('.hit').filter({ hasText: name });
  await expect(page.locator('.hit')).toHaveCount(5);
  await expect(page.getByText('5 files')).toBeVisible();
  await expect(row('c / d.txt')).toContainText('Deleted');

  await row('a.txt').getByRole('button', { name: 'Restore' }).click();
  await expect(row('a.txt')).toHaveCount(0);
  await expect(files.toast('“a.txt” is back')).toBeVisible();
  expect(await account.names()).toEqual(['a.txt', 'stays.txt']);

  await row('b.txt').getByRole('checkbox').check();
  await row('c / d.txt').getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Restore 2' }).click();
  await expect(page.locator('.hit')).toHaveCount(2);
  expect(await account.names()).toEqual(['a.txt', 'b.txt', 'c/d.txt', 'stays.txt']);

  await row('f.txt').getByRole('button', { name: 'Delete f.txt for good' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete “f.txt” for good?' });
  await expectAccessible(page, 'deleting for good');
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(row('f.txt')).toHaveCount(0);
  await expect(files.toast('“f.txt” deleted for good')).toBeVisible();
  const key = new URLSearchParams({ key: `${account.prefix}f.txt` });
  await expect(account.call('GET', `/api/s3/object/versions?${key}`)).rejects.toThrow('404');

  await page.getByRole('button', { name: 'Restore all' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing deleted that can be restored' })).toBeVisible();
  expect(await account.names()).toEqual(['a.txt', 'b.txt', 'c/d.txt', 'c/e.txt', 'stays.txt']);
  await page.getByRole('link', { name: 'Back to the folder' }).click();
  await expect(files.row('c')).toBeVisible();
});

test('all deleted files are deleted for good, and nothing that is there', async ({ page, account }) => {
  await account.seed([
    ['a.txt', 'old'],
    ['in/b.txt', 'old'],
    ['again.txt', 'old'],
  ]);
  await remove(account, 'a.txt', 'in/b.txt', 'again.txt');
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await page.getByRole('button', { name: 'Deleted and earlier' }).click();
  await page.getByRole('menuitem', { name: 'Show deleted files' }).click();
  await expect(page.locator('.hit')).toHaveCount(3);
  await page.setViewportSize(PHONE);
  await expectNoSidewaysScroll(page, 'deleted files');
  await expectButtonsInside(page, 'deleted files');
  await page.screenshot({ path: test.info().outputPath('deleted-phone.png') });
  // Written anew after the list was read.
  await account.seed([['again.txt', 'new']]);
  await page.getByRole('button', { name: 'Delete all for good' }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete all deleted files for good?' });
  await expectAccessible(page, 'deleting all for good');
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(files.toast('All deleted files deleted for good.')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Nothing deleted that can be restored' })).toBeVisible();
  expect(await account.names()).toEqual(['again.txt']);
  const versions = async (name: string): Promise<unknown[]> =>
    account.call('GET', `/api/s3/object/versions?${new URLSearchParams({ key: account.prefix + name })}`);
  expect(await versions('again.txt')).toHaveLength(3);
  await expect(versions('a.txt')).rejects.toThrow('404');
});

test('a folder as it was, with what became of it, restored by keyboard', async ({ page, account }) => {
  await account.seed([
    ['in/changed.txt', 'old'],
    ['in/deleted.txt', 'old'],
    ['in/same.txt', 'old'],
    ['in/deep/gone.txt', 'old'],
  ]);
  // To the second: what is written in the second that is asked for counts.
  const [first] = await account.call<{ last_modified: string }[]>(
    'GET',
    `/api/s3/object/versions?${new URLSearchParams({ key: `${account.prefix}in/deep/gone.txt` })}`,
  );
  const then = new Date(Date.parse(first?.last_modified ?? '') + 1_000);
  await expect.poll(() => Date.now(), { timeout: 5_000 }).toBeGreaterThan(then.getTime() + 1_100);
  await account.seed([
    ['in/changed.txt', 'newer'],
    ['in/added.txt', 'new'],
  ]);
  await remove(account, 'in/deleted.txt', 'in/deep/gone.txt');
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.open('in/');
  await page.getByRole('button', { name: 'Deleted and earlier' }).click();
  await page.getByRole('menuitem', { name: 'The folder as it was…' }).click();
  await expect(page.getByRole('heading', { name: 'Nothing was here then' })).toBeVisible();

  // The control takes the clock of the reader.
  const local = await page.evaluate((at) => {
    const date = new Date(at);
    return new Date(at - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19);
  }, then.getTime());
  await page.getByLabel('Date and time').fill(local);
  await page.keyboard.press('Enter');
  const row = (name: string) => page.locator('.hit').filter({ hasText: name });
  await expect(page.locator('.hit')).toHaveCount(4);
  await expect(row('changed.txt')).toContainText('Changed since');
  await expect(row('deleted.txt')).toContainText('Deleted since');
  await expect(row('deep')).toContainText('Deleted since');
  await expect(row('same.txt')).not.toContainText('since');
  await expectAccessible(page, 'as it was');
  await page.screenshot({ path: test.info().outputPath('as-it-was.png') });

  await row('deleted.txt').getByRole('checkbox').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Restore 1' }).focus();
  await page.keyboard.press('Enter');
  await expect(row('deleted.txt')).not.toContainText('Deleted since');
  expect((await account.read('in/deleted.txt')).toString()).toBe('old');

  // A folder opens as it was too, and leads back.
  await row('deep').getByRole('link').click();
  await expect(row('gone.txt')).toContainText('Deleted since');
  await page.goBack();
  await expect(row('changed.txt')).toBeVisible();

  await page.getByRole('button', { name: 'Restore all' }).click();
  const dialog = page.getByRole('dialog', { name: 'Restore everything?' });
  await expect(dialog).toContainText('1 file changed and 1 file deleted since');
  await expect(dialog).toContainText('1 file added since');
  await dialog.getByRole('checkbox', { name: 'Delete what was added since' }).check();
  await dialog.getByRole('button', { name: 'Restore all' }).click();
  await expect(row('changed.txt')).not.toContainText('since');
  expect(await account.names()).toEqual(['in/changed.txt', 'in/deep/gone.txt', 'in/deleted.txt', 'in/same.txt']);
  expect((await account.read('in/changed.txt')).toString()).toBe('old');
});

test('a version is saved, made current again, and deleted for good', async ({ page, account }) => {
  await account.seed([['letter.txt', 'first']]);
  await account.seed([['letter.txt', 'second']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.row('letter.txt').click();
  await expect(files.details).toContainText('second');
  await files.details.getByText('Versions', { exact: true }).click();
  const list = files.details.getByRole('list', { name: 'Versions' });
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await expect(list.getByRole('listitem').first()).toContainText('Current');
  const older = list.getByRole('listitem').nth(1);
  const download = page.waitForEvent('download');
  await older.getByRole('button', { name: /^Download the version/ }).click();
  const saved = await (await download).createReadStream();
  expect(Buffer.concat(await saved.toArray()).toString()).toBe('first');

  await older.getByRole('button', { name: /^Restore the version/ }).click();
  await expect(files.details).toContainText('first');
  await expect(list.getByRole('listitem')).toHaveCount(3);
  expect((await account.read('letter.txt')).toString()).toBe('first');

  await list.getByRole('listitem').first().getByRole('button', { name: /^Delete the version/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Delete this version for good?' });
  await expectAccessible(page, 'deleting a version');
  await dialog.getByRole('button', { name: 'Delete for good' }).click();
  await expect(list.getByRole('listitem')).toHaveCount(2);
  await expect(files.details).toContainText('second');
  expect((await account.read('letter.txt')).toString()).toBe('second');
  await page.screenshot({ path: test.info().outputPath('versions.png') });
});

test('type, metadata and tags are changed, and the size of a folder is counted', async ({ page, account, problems }) => {
  // The browser itself remarks on what is refused.
  problems.allow(/status of 400/);
  await account.seed([
    ['letter.txt', 'Dear Ada'],
    ['in/a.txt', '12345'],
    ['in/deep/b.txt', '123'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.row('letter.txt').click();
  await files.details.getByRole('button', { name: 'Edit properties' }).click();
  const dialog = page.getByRole('dialog', { name: 'Properties of “letter.txt”' });
  await dialog.getByLabel('Type').fill('text/markdown');
  await dialog.getByRole('button', { name: 'Add metadata' }).click();
  await dialog.getByLabel('Name (metadata)').fill('author');
  await dialog.getByLabel('Value (metadata)').fill('Ada');
  await dialog.getByRole('button', { name: 'Add a tag' }).click();
  await dialog.getByLabel('Value (tags)').fill('draft');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('Give “draft” a name among the tags');
  await dialog.getByLabel('Name (tags)').fill('state');
  await expectAccessible(page, 'properties');
  await page.screenshot({ path: test.info().outputPath('properties.png') });
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(files.details).toContainText('text/markdown');
  await expect(files.details).toContainText('author');
  const key = new URLSearchParams({ key: `${account.prefix}letter.txt` });
  expect(await account.call('GET', `/api/s3/object/tags?${key}`)).toEqual({ tags: { state: 'draft' } });
  expect((await account.read('letter.txt')).toString()).toBe('Dear Ada');

  await files.details.getByRole('button', { name: 'Edit properties' }).click();
  await expect(dialog.getByLabel('Value (tags)')).toHaveValue('draft');
  await dialog.getByRole('button', { name: 'Remove state' }).click();
  await dialog.getByLabel('Type').fill('no type');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByRole('alert')).toContainText('content_type');
  await dialog.getByLabel('Type').fill('text/markdown');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toHaveCount(0);
  expect(await account.call('GET', `/api/s3/object/tags?${key}`)).toEqual({ tags: {} });
  await files.details.getByRole('button', { name: 'Close details' }).click();

  await files.choose('in', /Details/);
  await files.details.getByRole('button', { name: 'Count its size' }).click();
  await expect(files.details).toContainText('8 B');
  await expect(files.details).toContainText('Files, in all folders inside2');
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the past, versions and properties on a desk and a phone, ${scheme}`, async ({ page, account }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await account.seed([
      ['A name so long that no column and no phone has room for all of it, not even turned on its side.txt', 'long'],
      ['letter.txt', 'first'],
      ['c/d.txt', '1'],
    ]);
    await account.seed([['letter.txt', 'second']]);
    await remove(account, 'A name so long that no column and no phone has room for all of it, not even turned on its side.txt', 'c/d.txt');
    await account.signIn(page);
    const files = new FilesPage(page);
    const soon = new Date(Date.now() + 60_000).toISOString().slice(0, 19);
    for (const [device, viewport] of [['desk', DESK], ['phone', PHONE]] as const) {
      await page.setViewportSize(viewport);
      const look = async (what: string): Promise<void> => {
        await expectNoSidewaysScroll(page, `${what}, ${device}`);
        await expectButtonsInside(page, `${what}, ${device}`);
        await expectAccessible(page, `${what}, ${device}`);
        await page.screenshot({ path: test.info().outputPath(`${what}-${device}.png`) });
      };
      await page.goto('/files/?past=deleted');
      await files.interactive();
      await expect(page.locator('.hit')).toHaveCount(2);
      await page.locator('.hit').first().getByRole('checkbox').check();
      await look('deleted');
      await page.goto(`/files/?past=${soon}Z`);
      await files.interactive();
      await expect(page.locator('.hit')).toHaveCount(1);
      await look('as-it-was');
      await files.open();
      await files.row('letter.txt').click();
      await files.details.getByText('Versions', { exact: true }).click();
      await expect(files.details.getByRole('list', { name: 'Versions' }).getByRole('listitem')).toHaveCount(2);
      await look('versions');
      await files.details.getByRole('button', { name: 'Edit properties' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Add metadata' }).click();
      await expect(page.getByRole('dialog').getByRole('button', { name: 'Add a tag' })).toBeVisible();
      await look('properties');
      await page.keyboard.press('Escape');
      await files.details.getByRole('button', { name: 'Close details' }).click();
      await files.row('letter.txt').click({ button: 'right' });
      await page.getByRole('menuitem', { name: 'Move to…' }).click();
      await expect(page.getByRole('dialog')).toContainText('No folders in here.');
      await look('move');
      await page.keyboard.press('Escape');
    }
  });
}
