// The program comes in parts: the page answers before all of them are there. Only a release is cut up
// (`make build`, then FOREPEAK_PROFILE=release); development builds have nothing to wait for.
import { writeFile } from 'node:fs/promises';
import type { Page, Route } from '@playwright/test';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

test.skip(process.env['FOREPEAK_PROFILE'] !== 'release', 'only a release is cut into parts');

/** Holds every request for a part back; the returned function lets them through. */
async function hold(page: Page, part: string): Promise<() => Promise<void>> {
  const held: Route[] = [];
  const pattern = `**/pkg/split_${part}.wasm`;
  await page.route(pattern, (route) => void held.push(route));
  return async () => {
    await Promise.all(held.map((route) => route.continue()));
    await page.unroute(pattern);
  };
}

test('the page answers before the parts have come', async ({ page, account }, info) => {
  await account.signIn(page);
  await account.seed([['letter.txt', 'Dear Ada,']]);
  const release = await hold(page, 'uploads');
  const fetched: string[] = [];
  page.on('request', (request) => {
    if (request.url().endsWith('.wasm')) fetched.push(new URL(request.url()).pathname);
  });
  const files = new FilesPage(page);
  await files.open();
  expect(fetched[0]).toBe('/pkg/forepeak.wasm');
  expect(fetched).not.toContain('/pkg/split_tools.wasm');
  await files.row('letter.txt').click();
  await expect(page.getByRole('complementary', { name: /details/i })).toContainText('Dear Ada');

  // What is wanted meanwhile is not lost.
  const picked = info.outputPath('picked.txt');
  await writeFile(picked, 'picked early');
  await page.getByRole('button', { name: 'Upload', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Files' }).click();
  const chooser = page.waitForEvent('filechooser');
  await release();
  await (await chooser).setFiles(picked);
  await expect(files.upload('picked.txt')).toContainText('Done');
});

test('a part that could not be had is asked for again', async ({ page, account, problems }) => {
  problems.allow(/ERR_FAILED|Failed to fetch|split_tools/);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.open();
  await page.route('**/pkg/split_tools.wasm', (route) => route.abort());
  await page.getByRole('button', { name: 'New folder' }).click();
  await expect(page.getByText('This could not be loaded.')).toBeVisible();
  await page.unroute('**/pkg/split_tools.wasm');
  await page.getByRole('button', { name: 'New folder' }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('what an address opens is there when the page answers', async ({ page, account }) => {
  await account.signIn(page);
  await account.seed([['letter.txt', 'Dear Ada,']]);
  const files = new FilesPage(page);
  await page.goto('/files/?details=letter.txt');
  await files.interactive();
  const details = page.getByRole('complementary', { name: /details/i });
  await expect(details).toContainText('Dear Ada');
  await details.getByRole('button', { name: 'Close details' }).click();
  await expect(details).toHaveCount(0);
});
