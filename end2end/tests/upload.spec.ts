// The main job: bytes go straight to storage in parallel parts, and every one of them comes back.
import { readFile } from 'node:fs/promises';
import { folderOfFiles, randomFile, sha256 } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

const MIB = 1024 * 1024;

test('a 200 MB file goes straight to storage in parallel parts and comes back whole', async ({
  page,
  account,
  program,
}, info) => {
  test.setTimeout(180_000);
  const size = 200 * MIB;
  const file = info.outputPath('harbour.bin');
  const sum = await randomFile(file, 200);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  const parts = { now: 0, most: 0 };
  const isPart = (url: string) => url.startsWith(program.storageUrl) && url.includes('partNumber=');
  page.on('request', (request) => {
    if (request.method() === 'PUT' && isPart(request.url())) parts.most = Math.max(parts.most, (parts.now += 1));
  });
  const over = (request: { method(): string; url(): string }) => {
    if (request.method() === 'PUT' && isPart(request.url())) parts.now -= 1;
  };
  page.on('requestfinished', over);
  page.on('requestfailed', over);

  const before = { site: program.site.sent, storage: program.storage.sent };
  await files.pickFiles(file);
  await expect(files.upload('harbour.bin')).toContainText('Done', { timeout: 120_000 });
  const toStorage = program.storage.sent - before.storage;
  const toSite = program.site.sent - before.site;

  expect(toStorage, 'every byte went to storage').toBeGreaterThanOrEqual(size);
  expect(toStorage / (toStorage + toSite), 'and to storage alone').toBeGreaterThan(0.9);
  expect(toStorage, 'once').toBeLessThan(size * 1.01);
  expect(parts.most, 'parts in flight').toBeGreaterThanOrEqual(4);
  expect(parts.most, 'parts in flight').toBeLessThanOrEqual(6);

  const received = program.storage.received;
  const download = page.waitForEvent('download');
  await files.row('harbour.bin').click();
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const copy = info.outputPath('copy.bin');
  await (await download).saveAs(copy);
  expect((await download).suggestedFilename()).toBe('harbour.bin');
  expect(await sha256(copy)).toBe(sum);
  expect(program.storage.received - received, 'the download came from storage').toBeGreaterThanOrEqual(size);
});

test('a page killed half way goes on where storage is, after a reload', async ({ context, account, program }, info) => {
  test.setTimeout(180_000);
  const size = 200 * MIB;
  const file = info.outputPath('voyage.bin');
  const sum = await randomFile(file, 200);
  const first = await context.newPage();
  await account.signIn(first);
  const files = new FilesPage(first);
  await files.interactive();

  const start = program.storage.sent;
  const half = program.storage.holdAfter(size / 2);
  await files.pickFiles(file);
  await half;
  await files.crash(program.storage);

  const { uploads } = await account.call<{ uploads: { key: string; upload_id: string }[] }>('GET', '/api/s3/multipart');
  expect(uploads.map(({ key }) => key)).toEqual([`${account.prefix}voyage.bin`]);
  const query = new URLSearchParams({ key: uploads[0]?.key ?? '', upload_id: uploads[0]?.upload_id ?? '' });
  const { parts } = await account.call<{ parts: { size: number }[] }>('GET', `/api/s3/multipart/parts?${query}`);
  expect(parts.length).toBeGreaterThan(0);
  const partSize = parts[0]?.size ?? 0;

  const second = await context.newPage();
  const again = new FilesPage(second);
  await again.open();
  await expect(again.upload('voyage.bin')).toContainText('Unfinished');
  program.storage.mend();
  await again.pickFiles(file);
  await expect(again.upload('voyage.bin')).toContainText('Done', { timeout: 120_000 });

  const resent = program.storage.sent - start - size;
  expect(resent, 'bytes sent twice: no more than the parts in flight').toBeLessThanOrEqual(6 * partSize + size * 0.01);
  const { url } = await account.call<{ url: string }>('POST', '/api/s3/download', { key: `${account.prefix}voyage.bin` });
  const hash = await crypto.subtle.digest('SHA-256', await (await fetch(url)).arrayBuffer());
  expect(Buffer.from(hash).toString('hex')).toBe(sum);
});

test('an upload waits while offline and goes on by itself', async ({ page, context, account, program, problems }, info) => {
  test.setTimeout(120_000);
  problems.allow(/ERR_INTERNET_DISCONNECTED|ERR_CONNECTION_RESET|Failed to load resource/);
  const file = info.outputPath('tide.bin');
  const sum = await randomFile(file, 64);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  const some = program.storage.holdAfter(20 * MIB);
  await files.pickFiles(file);
  await some;
  await context.setOffline(true);
  program.storage.cut();
  await expect(files.upload('tide.bin')).toContainText(/offline|waiting/i);
  program.storage.mend();
  await context.setOffline(false);

  await expect(files.upload('tide.bin')).toContainText('Done', { timeout: 60_000 });
  const { url } = await account.call<{ url: string }>('POST', '/api/s3/download', { key: `${account.prefix}tide.bin` });
  const hash = await crypto.subtle.digest('SHA-256', await (await fetch(url)).arrayBuffer());
  expect(Buffer.from(hash).toString('hex')).toBe(sum);
});

test('a folder of 500 files goes up whole, planned in batches', async ({ page, account }, info) => {
  test.setTimeout(120_000);
  const folder = info.outputPath('logbook');
  const expected = await folderOfFiles(folder, 500);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  let calls = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/api/')) calls += 1;
  });
  await files.pickFolder(folder);
  await expect(files.uploads).toContainText('500 of 500', { timeout: 90_000 });

  // 5,000 files within 100 requests is 500 within 10.
  expect(calls).toBeLessThanOrEqual(10);
  const stored = await account.list('logbook/', true);
  const sizes = new Map(stored.filter(({ is_folder }) => !is_folder).map(({ key, size }) => [key, size]));
  expect(sizes).toEqual(
    new Map([...expected].map(([name, content]) => [`${account.prefix}logbook/${name}`, content.length])),
  );
  const sample = 'set-3/note-0123.txt';
  const { url } = await account.call<{ url: string }>('POST', '/api/s3/download', {
    key: `${account.prefix}logbook/${sample}`,
  });
  expect(await (await fetch(url)).text()).toBe(await readFile(`${folder}/${sample}`, 'utf8'));
});
