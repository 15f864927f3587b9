// Commands to copy: pasted into a shell they fetch the file, whatever it is called.
import { mkdir, readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';
import { shell } from '../fixtures/tools.ts';

const NAMES = ['letter.txt', `it's "quoted" $(touch ran) \`touch ran\` 100% #1 + *.txt`, '-rf.txt', 'Grüße 🚢.txt'];

for (const tool of ['aws s3', 'rclone']) {
  test(`${tool}: the command that is copied fetches the file`, async ({ page, context, account, program }, info) => {
    test.setTimeout(120_000);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await account.seed(NAMES.map((name) => [`a b/${name}`, `content of ${name}`, 'text/plain']));
    await account.signIn(page);
    const files = new FilesPage(page);
    await files.open('a b/');
    for (const [index, name] of NAMES.entries()) {
      await files.named(name).click();
      await files.details.getByRole('button', { name: 'Copy a command' }).click();
      await page.getByRole('menuitem', { name: tool }).click();
      await expect(page.getByRole('status').filter({ hasText: 'Command copied' })).toBeVisible();
      const command = await page.evaluate(() => navigator.clipboard.readText());
      const folder = info.outputPath(`shell-${index}`);
      await mkdir(folder, { recursive: true });
      await shell(program, command, folder);
      expect(await readFile(path.join(folder, name), 'utf8')).toBe(`content of ${name}`);
      expect((await readdir(folder)).filter((found) => found !== '.config')).toEqual([name]);
    }
  });
}

test('curl: the same, with a token', async ({ page, context, account }) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await account.seed([['letter.txt', 'Dear Ada']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.row('letter.txt').click();
  await files.details.getByRole('button', { name: 'Copy a command' }).click();
  await page.getByRole('menuitem', { name: 'curl' }).click();
  await expect(page.getByRole('status').filter({ hasText: 'Command copied' })).toBeVisible();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain(`$FOREPEAK_TOKEN`);
  expect(command).toContain(new URL(page.url()).origin);
});
