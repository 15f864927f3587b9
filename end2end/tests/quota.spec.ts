// The line about storage: it follows uploads and jobs without a reload.
import { writeFile } from 'node:fs/promises';
import { Account } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

test('the line follows uploads, deletions for good, and jobs', async ({ page, account, program }) => {
  const admin = await Account.admin(program);
  const id = account.prefix.split('/')[1] ?? '';
  await admin.call('PATCH', `/api/admin/users/${id}`, { quota_bytes: 1024 * 1024 });
  // Through the server: of a presigned PUT the room stays reserved for as long as its URL lives.
  const form = new FormData();
  form.set('key', `${account.prefix}a.txt`);
  form.set('file', new Blob(['x'.repeat(2048)]), 'a.txt');
  const stored = await fetch(`${program.url}/api/s3/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${account.token}` },
    body: form,
  });
  expect(stored.ok, await stored.text()).toBe(true);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const line = page.locator('.rail-storage');
  await expect(line).toHaveText('2.0 KiB of 1.0 MiB used');

  const file = test.info().outputPath('b.txt');
  await writeFile(file, 'x'.repeat(1024));
  await files.pickFiles(file);
  await expect(files.row('b.txt')).toBeVisible();
  await expect(line).toHaveText('3.0 KiB of 1.0 MiB used');

  await account.call('DELETE', '/api/s3/objects', { keys: [`${account.prefix}a.txt`] });
  await page.getByRole('button', { name: 'Deleted and earlier' }).click();
  await page.getByRole('menuitem', { name: 'Show deleted files' }).click();
  await page.getByRole('button', { name: 'Delete a.txt for good' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
  await expect(files.toast('“a.txt” deleted for good')).toBeVisible();
  await expect(line).toHaveText('1.0 KiB of 1.0 MiB used');
});
