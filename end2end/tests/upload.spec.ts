// The main job: bytes go straight to storage in parallel parts, and every one of them comes back.
import { readFile } from 'node:fs/promises';
import { folderOfFiles, randomFile } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { mainUploads } from '../fixtures/main-uploads.ts';
import { sized } from '../fixtures/soak.ts';
import { expect, test } from '../fixtures/test.ts';

const MIB = 1024 * 1024;

mainUploads();

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

test('uploads run on a machine without a network, when the site is on it too', async ({ page, account }, info) => {
  await page.addInitScript(() => Object.defineProperty(navigator, 'onLine', { get: () => false }));
  const file = info.outputPath('shore.bin');
  await randomFile(file, 1);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  await files.pickFiles(file);
  await expect(files.upload('shore.bin')).toContainText('Done', { timeout: 30_000 });
});

test('a folder of many files goes up whole, planned in batches', async ({ page, account }, info) => {
  test.setTimeout(300_000);
  const count = sized({ full: 5_000, quick: 500 });
  const folder = info.outputPath('logbook');
  const expected = await folderOfFiles(folder, count);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  let calls = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname.startsWith('/api/')) calls += 1;
  });
  const shown = count.toLocaleString('en-GB');
  await files.pickFolder(folder);
  await expect(files.uploads).toContainText(`${shown} of ${shown}`, { timeout: 270_000 });

  expect(calls, 'requests for each 50 files').toBeLessThanOrEqual(count / 50);
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
