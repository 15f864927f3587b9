// An upload that an earlier page left behind: by its kept handle, by the same file, never by another one.
import { open } from 'node:fs/promises';
import type { BrowserContext, Page } from '@playwright/test';
import type { Account } from '../fixtures/account.ts';
import { randomFile, sha256Of } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import type { Program } from '../fixtures/program.ts';
import { expect, test } from '../fixtures/test.ts';

const MIB = 1024 * 1024;

test.describe.configure({ timeout: 120_000 });

/** Begins to upload and lets the tab die when some parts are stored. */
async function leaveHalf(
  page: Page,
  account: Account,
  program: Program,
  begin: (files: FilesPage) => Promise<void>,
): Promise<void> {
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  // No more than six parts of 8 MiB are on their way at once: of 66 MiB that were sent, 18 at least are stored.
  const half = program.storage.holdAfter(66 * MIB);
  await begin(files);
  await half;
  await files.crash(program.storage);
  expect(await account.unfinished()).toEqual(['voyage.bin']);
}

async function flipFirstByte(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, 0);
    await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, 0);
  } finally {
    await handle.close();
  }
}

async function comeBack(context: BrowserContext, program: Program): Promise<FilesPage> {
  const files = new FilesPage(await context.newPage());
  await files.open();
  await expect(files.upload('voyage.bin')).toContainText('Unfinished');
  program.storage.mend();
  return files;
}

test('an altered file is refused, and the original goes on', async ({ page, context, account, program }, info) => {
  const size = 80 * MIB;
  const file = info.outputPath('voyage.bin');
  const sum = await randomFile(file, 80);
  await leaveHalf(page, account, program, (files) => files.pickFiles(file));

  // One byte of the first part, which storage has: same name, same size.
  await flipFirstByte(file);
  const files = await comeBack(context, program);
  await files.pickFiles(file);
  const refused = files.upload('voyage.bin').filter({ hasText: 'its content has changed' });
  await expect(refused).toBeVisible({ timeout: 30_000 });
  await expect(refused).toContainText('The unfinished upload is kept');
  expect(await account.names(), 'nothing came of it').toEqual([]);
  expect(await account.unfinished(), 'and nothing was lost').toEqual(['voyage.bin']);

  await flipFirstByte(file);
  const before = program.storage.sent;
  const chooser = files.page.waitForEvent('filechooser');
  await files.upload('voyage.bin').getByRole('button', { name: 'Choose the file to go on' }).click();
  await (await chooser).setFiles(file);
  await expect(files.upload('voyage.bin').filter({ hasText: 'Done' })).toBeVisible({ timeout: 60_000 });
  expect(program.storage.sent - before, 'only the rest was sent').toBeLessThan(size * 0.8);
  expect(sha256Of(await account.read('voyage.bin'))).toBe(sum);
  expect(await account.unfinished()).toEqual([]);
});

test('a file of another size is another file', async ({ page, context, account, program }, info) => {
  const file = info.outputPath('voyage.bin');
  await randomFile(file, 80);
  await leaveHalf(page, account, program, (files) => files.pickFiles(file));
  const files = await comeBack(context, program);
  await randomFile(file, 41);
  const chooser = files.page.waitForEvent('filechooser');
  await files.upload('voyage.bin').getByRole('button', { name: 'Choose the file to go on' }).click();
  await (await chooser).setFiles(file);
  await expect(files.upload('voyage.bin').filter({ hasText: 'its size is different' })).toBeVisible();
  expect(await account.unfinished()).toEqual(['voyage.bin']);
});

test('an unfinished upload can be thrown away', async ({ page, context, account, program }, info) => {
  const file = info.outputPath('voyage.bin');
  await randomFile(file, 80);
  await leaveHalf(page, account, program, (files) => files.pickFiles(file));
  const files = await comeBack(context, program);
  await files.page.getByRole('button', { name: 'Discard voyage.bin' }).click();
  await expect(files.uploads).toHaveCount(0);
  expect(await account.unfinished()).toEqual([]);
});

test('a kept handle goes on without picking the file again', async ({ page, context, account, program }) => {
  // What a drop gives in a desktop browser is a handle to a file on disk, which asks a person for permission after a
  // reload; headless there is nobody to ask. A handle into the origin's private file system is the same interface,
  // kept in IndexedDB in the same way, with the permission granted: only where the drop gets it from is replaced.
  const size = 80 * MIB;
  const fill = async (page: Page) =>
    page.evaluate(async (size) => {
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle('voyage.bin', { create: true });
      const writer = await handle.createWritable();
      const piece = new Uint8Array(65_536);
      for (let at = 0; at < size; at += piece.length) {
        crypto.getRandomValues(piece);
        await writer.write(piece.slice());
      }
      await writer.close();
      const bytes = await (await handle.getFile()).arrayBuffer();
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
    }, size);
  let sum = '';
  await leaveHalf(page, account, program, async (files) => {
    sum = await fill(files.page);
    await files.page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const handle = await root.getFileHandle('voyage.bin');
      const transfer = new DataTransfer();
      transfer.items.add(await handle.getFile());
      Object.assign(DataTransferItem.prototype, { getAsFileSystemHandle: () => Promise.resolve(handle) });
      document.body.dispatchEvent(
        new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
      );
    });
  });

  const files = await comeBack(context, program);
  const before = program.storage.sent;
  await files.upload('voyage.bin').getByRole('button', { name: 'Go on', exact: true }).click();
  await expect(files.upload('voyage.bin')).toContainText('Done', { timeout: 60_000 });
  expect(program.storage.sent - before, 'only the rest was sent').toBeLessThan(size * 0.8);
  expect(sha256Of(await account.read('voyage.bin'))).toBe(sum);
});
