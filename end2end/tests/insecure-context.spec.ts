// Plain HTTP from another machine: the browser hides SubtleCrypto, the clipboard, locks and file handles. Uploads
// must arrive whole all the same.
import { writeFile } from 'node:fs/promises';
import { randomFile, sha256Of } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';
import config from '../playwright.config.ts';

const HOST = 'forepeak.test';
const launch = config.use?.launchOptions ?? {};

test.use({
  host: HOST,
  launchOptions: { ...launch, args: [...(launch.args ?? []), `--host-resolver-rules=MAP ${HOST} 127.0.0.1`] },
});

test.beforeEach(({ problems }) => {
  // One more thing that browsers keep for secure contexts, and remark on.
  problems.allow(/Cross-Origin-Opener-Policy header has been ignored/);
});

test('a small and a large file go up with CRC-32C, which storage compares', async ({ page, account, program }, info) => {
  const [small, large] = [info.outputPath('small.bin'), info.outputPath('large.bin')];
  const sums = [await randomFile(small, 1), await randomFile(large, 48)];
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  expect(await page.evaluate(() => [window.isSecureContext, 'subtle' in crypto])).toEqual([false, false]);

  const checksums = new Set<string>();
  page.on('request', (request) => {
    if (request.method() !== 'PUT' || !request.url().startsWith(program.storageUrl)) return;
    const sent = { ...Object.fromEntries(new URL(request.url()).searchParams), ...request.headers() };
    for (const name of Object.keys(sent)) {
      const algorithm = /^x-amz-checksum-(.+)$/i.exec(name)?.[1];
      if (algorithm !== undefined && algorithm !== 'algorithm') checksums.add(algorithm.toLowerCase());
    }
  });
  await files.pickFiles(small, large);
  await expect(files.upload('small.bin')).toContainText('Done');
  await expect(files.upload('large.bin')).toContainText('Done', { timeout: 60_000 });
  expect([...checksums]).toEqual(['crc32c']);
  expect(sha256Of(await account.read('small.bin'))).toBe(sums[0]);
  expect(sha256Of(await account.read('large.bin'))).toBe(sums[1]);
});

test('bytes that are damaged on their way are refused by storage and sent again', async ({
  page,
  account,
  program,
  problems,
}, info) => {
  problems.allow(/status of 400/);
  const file = info.outputPath('small.bin');
  const sum = await randomFile(file, 1);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  let damaged = false;
  await page.route(`${program.storageUrl}/**`, async (route) => {
    if (damaged || route.request().method() !== 'PUT') return route.fallback();
    damaged = true;
    await route.continue({ postData: Buffer.alloc(1024 * 1024, 7) });
  });
  const refused = program.storage.answered('<Code>BadDigest</Code>');
  await files.pickFiles(file);
  await refused;
  await expect(files.upload('small.bin')).toContainText('Done');
  expect(sha256Of(await account.read('small.bin'))).toBe(sum);
});

test('what the browser hides is said, not thrown', async ({ page, account }, info) => {
  const letter = info.outputPath('letter.txt');
  await writeFile(letter, 'Dear Ada');
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.pickFiles(letter);
  await files.row('letter.txt').click();
  await expect(files.details).toContainText('Dear Ada');
  await files.details.getByRole('button', { name: 'Copy key' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'The browser did not allow copying' })).toBeVisible();
});
