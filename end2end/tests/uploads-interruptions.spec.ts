// What may come between an upload and its end: URLs that expire, a session that ends, a person who pauses, cancels
// or wants to leave, a storage that refuses.
import type { Page } from '@playwright/test';
import { randomFile, sha256Of } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

const MIB = 1024 * 1024;

test.describe.configure({ timeout: 120_000 });

/** The next answer of that route comes with URLs whose time is over; storage itself refuses them then. */
async function outdateOnce(page: Page, route: string): Promise<void> {
  const hourAgo = new Date(Date.now() - 3_600_000).toISOString().replace(/[-:]|\.\d+/g, '');
  let done = false;
  await page.route(`**${route}`, async (call) => {
    if (done || call.request().method() !== 'POST') return call.fallback();
    done = true;
    const answer = await call.fetch();
    const body = (await answer.text()).replaceAll(/X-Amz-Date=\d{8}T\d{6}Z/g, `X-Amz-Date=${hourAgo}`);
    await call.fulfill({ response: answer, body });
  });
}

for (const [what, route, size] of [
  ['a small file', '/api/s3/uploads', 1],
  ['parts', '/api/s3/multipart/parts', 40],
] as const) {
  test(`URLs of ${what} that have expired are signed again`, async ({ page, account, program, problems }, info) => {
    problems.allow(/status of 403/);
    const file = info.outputPath('letter.bin');
    const sum = await randomFile(file, size);
    await account.signIn(page);
    const files = new FilesPage(page);
    await files.interactive();
    await outdateOnce(page, route);
    const refused = program.storage.answered('<Code>AccessDenied</Code>');
    await files.pickFiles(file);
    await refused;
    await expect(files.upload('letter.bin')).toContainText('Done', { timeout: 30_000 });
    expect(sha256Of(await account.read('letter.bin'))).toBe(sum);
  });
}

test('a session that ends in the middle is renewed in place, and nothing is lost', async ({
  page,
  context,
  account,
  program,
  problems,
}, info) => {
  problems.allow(/status of 401/);
  const size = 64 * MIB;
  const file = info.outputPath('voyage.bin');
  const sum = await randomFile(file, 64);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  const start = program.storage.sent;
  const some = program.storage.holdAfter(24 * MIB);
  await files.pickFiles(file);
  await some;
  await context.clearCookies();
  program.storage.release();

  const dialog = page.getByRole('dialog', { name: 'Sign in to go on uploading' });
  await expect(dialog).toBeVisible({ timeout: 30_000 });
  await expect(files.uploads).toContainText('Sign in to go on');
  await expect(dialog.getByLabel('Username')).toHaveValue(account.username);
  await dialog.getByLabel('Password', { exact: true }).fill('not the password');
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(dialog.getByRole('alert')).toBeVisible();
  await dialog.getByLabel('Password', { exact: true }).fill(account.password);
  await dialog.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(dialog).toHaveCount(0);

  await expect(files.upload('voyage.bin')).toContainText('Done', { timeout: 60_000 });
  expect(program.storage.sent - start, 'no part was sent twice').toBeLessThan(size * 1.02);
  expect(sha256Of(await account.read('voyage.bin'))).toBe(sum);
  // The page itself is signed in again too.
  await page.reload();
  await expect(files.row('voyage.bin')).toBeVisible();
});

test('an upload pauses at a word and goes on at another', async ({ page, account, program }, info) => {
  const file = info.outputPath('tide.bin');
  const sum = await randomFile(file, 64);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  const start = program.storage.sent;
  const some = program.storage.holdAfter(20 * MIB);
  await files.pickFiles(file);
  await some;
  await page.getByRole('button', { name: 'Pause tide.bin' }).click();
  program.storage.release();
  await expect(files.upload('tide.bin')).toContainText('Paused at');
  await expect(files.uploads.getByRole('heading')).toContainText('Paused');
  // What was on its way when it was paused may arrive; nothing new sets out while a whole other request passes.
  await account.list();
  expect(program.storage.sent - start).toBeLessThan(64 * MIB);

  await page.getByRole('button', { name: 'Resume tide.bin' }).click();
  await expect(files.upload('tide.bin')).toContainText('Done', { timeout: 60_000 });
  expect(sha256Of(await account.read('tide.bin'))).toBe(sum);
});

test('a cancelled upload leaves nothing in storage', async ({ page, account, program }, info) => {
  const file = info.outputPath('regret.bin');
  await randomFile(file, 64);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  const some = program.storage.holdAfter(20 * MIB);
  await files.pickFiles(file);
  await some;
  expect(await account.unfinished()).toEqual(['regret.bin']);
  await page.getByRole('button', { name: 'Cancel regret.bin' }).click();
  program.storage.release();
  await expect(files.upload('regret.bin')).toContainText('Cancelled');
  await expect.poll(() => account.unfinished(), { message: 'the unfinished upload goes' }).toEqual([]);
  expect(await account.names()).toEqual([]);
  // Nor is it offered again.
  await page.reload();
  await files.interactive();
  await expect(page.getByRole('heading', { name: 'Nothing here yet' })).toBeVisible();
  await expect(files.uploads).toHaveCount(0);
});

test('everything is cancelled at once, after a question', async ({ page, account, program }, info) => {
  const [one, other] = [info.outputPath('one.bin'), info.outputPath('other.bin')];
  await randomFile(one, 40);
  await randomFile(other, 40);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const some = program.storage.holdAfter(10 * MIB);
  await files.pickFiles(one, other);
  await some;
  await page.getByRole('button', { name: 'Cancel all' }).click();
  const dialog = page.getByRole('dialog', { name: 'Cancel all uploads?' });
  await expect(dialog).toContainText('2 files will not be uploaded');
  await dialog.getByRole('button', { name: 'Cancel uploads' }).click();
  program.storage.release();
  await expect.poll(() => account.unfinished()).toEqual([]);
  expect(await account.names()).toEqual([]);
});

test('a file that storage refused goes up when it is tried again', async ({ page, account, program, problems }, info) => {
  problems.allow(/status of 400/);
  const file = info.outputPath('stubborn.bin');
  const sum = await randomFile(file, 1);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  // As S3 refuses for good; trying again by itself would be no use.
  await page.route(`${program.storageUrl}/**`, (route) =>
    route.fulfill({
      status: 400,
      headers: { 'access-control-allow-origin': '*', 'content-type': 'application/xml' },
      body: '<?xml version="1.0"?><Error><Code>InvalidRequest</Code><Message>no</Message></Error>',
    }),
  );
  await files.pickFiles(file);
  await expect(files.upload('stubborn.bin')).toContainText('Storage refused the file (InvalidRequest)');
  await page.unroute(`${program.storageUrl}/**`);
  await page.getByRole('button', { name: 'Retry stubborn.bin' }).click();
  await expect(files.upload('stubborn.bin')).toContainText('Done');
  expect(sha256Of(await account.read('stubborn.bin'))).toBe(sum);
});

test('leaving with uploads under way is asked about first, and only then', async ({ page, account, program }, info) => {
  const file = info.outputPath('ferry.bin');
  const sum = await randomFile(file, 48);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();

  const some = program.storage.holdAfter(10 * MIB);
  await files.pickFiles(file);
  await some;
  const asked = page.waitForEvent('dialog');
  await page.close({ runBeforeUnload: true });
  const dialog = await asked;
  expect(dialog.type()).toBe('beforeunload');
  await dialog.dismiss();
  program.storage.release();
  await expect(files.upload('ferry.bin')).toContainText('Done', { timeout: 60_000 });
  expect(sha256Of(await account.read('ferry.bin'))).toBe(sum);

  // Were it asked about now, it would stay open.
  const closed = page.waitForEvent('close');
  await page.close({ runBeforeUnload: true });
  await closed;
});
