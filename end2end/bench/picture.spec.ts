// The picture in the README, taken from the real thing: `cd end2end && npm run bench -- picture`.
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { expect } from '@playwright/test';
import { randomFile } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { test } from '../fixtures/test.ts';

const picture = fileURLToPath(new URL('../../docs/screenshot.png', import.meta.url));

test('picture', async ({ page, account, program }, info) => {
  const files = new FilesPage(page);
  await account.seed([
    ['Charts/north-sea.pdf', ''],
    ['Crew/rota.csv', ''],
    ['Photographs/harbour.jpg', ''],
    ['Invoices 2026.xlsx', randomBytes(48_213)],
    ['Log book.md', '# Log\n\nLeft Stavanger at six in the morning, wind south-west, sea calm.\n\n- 08:40 Kvitsøy abeam\n- 11:15 set the jib\n'],
    ['Manifest.json', JSON.stringify({ vessel: 'Ada', cargo: ['timber', 'wool', 'tar'] }, null, 2)],
    ['Radio check.mp3', randomBytes(912_345)],
    ['Rigging plan.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['Stores.csv', 'item,quantity\nrope,40\n'],
    ['Survey.tar.gz', randomBytes(3_400_000)],
  ]);
  await account.signIn(page);
  await files.interactive();

  const file = info.outputPath('Voyage.mov');
  await randomFile(file, 240);
  const under = program.storage.holdAfter(150 * 1024 * 1024);
  await files.pickFiles(file);
  await under;
  await files.row('Log book.md').click();
  await expect(page.getByRole('complementary', { name: /details/i })).toContainText('Left Stavanger');
  await page.mouse.move(640, 780);
  await page.screenshot({ path: picture });
  program.storage.release();
  await expect(files.upload('Voyage.mov')).toContainText('Done', { timeout: 60_000 });
});
