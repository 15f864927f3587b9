// The panel of jobs: what takes longer than a moment, what could not be done, what an earlier page began, and the history.
import { expectAccessible } from '../fixtures/accessibility.ts';
import type { Account } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { PHONE } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';

/** Four copies of the same few objects: of one person two jobs run at once, so that the others wait long enough to be seen. */
async function keepBusy(account: Account): Promise<void> {
  await account.seed(Array.from({ length: 300 }, (_, n) => [`busy/${n}`, 'x']));
  for (const copy of ['1', '2', '3', '4']) {
    await account.call('POST', '/api/s3/copy', {
      source: `${account.prefix}busy/`,
      destination: `${account.prefix}copies/${copy}/`,
    });
  }
}

test('what an earlier page began is shown, goes on, and is cancelled', async ({ page, account }) => {
  await keepBusy(account);
  await account.signIn(page);
  const files = new FilesPage(page);
  await expect(files.jobs.getByRole('heading')).toContainText('under way');
  const waiting = files.jobs.getByRole('listitem').filter({ hasText: /Waits|Copying|Begins/ }).first();
  await expectAccessible(page, 'jobs under way');
  await page.screenshot({ path: test.info().outputPath('jobs.png') });
  await waiting.getByRole('button', { name: /^Cancel/ }).click();
  await expect(files.jobs.getByRole('listitem').filter({ hasText: 'Cancelled' })).toBeVisible();
  await expect(files.jobs.getByRole('heading')).toHaveText('Recent changes', { timeout: 45_000 });
  await expect(files.jobs.getByRole('listitem').filter({ hasText: 'Copied · 300 items' })).toHaveCount(3);
  await expect(files.row('copies'), 'the folder on screen is read again').toBeVisible();
  await files.jobs.getByRole('button', { name: 'Clear the list of changes' }).click();
  await expect(files.jobs).toHaveCount(0);

  // All of them can be found again, and undone.
  await page.reload();
  await files.interactive();
  await expect(files.jobs).toHaveCount(0);
  await page.getByRole('button', { name: 'Recent changes' }).click();
  const copied = files.jobs.getByRole('listitem').filter({ hasText: 'Copied · 300 items' });
  await expect(copied).toHaveCount(3);
  await expect(copied.first(), 'the server knows what the job is about').toContainText('Copy “busy” to “copies”');
  const before = (await account.list('copies/', true)).length;
  await copied.first().getByRole('button', { name: 'Undo' }).click();
  await expect(copied.first().getByRole('button', { name: 'Undo' })).toHaveCount(0);
  await expect(files.toast('Undone.')).toBeVisible({ timeout: 30_000 });
  expect((await account.list('copies/', true)).length).toBe(before - 300);
});

test('what a job could not do is listed with its reason', async ({ page, account }) => {
  await account.seed([
    ['a.txt', '1'],
    ['to/a.txt', '2'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  // The page offers no choice that ends so; a script may.
  await page.route('**/api/s3/copy', async (route) => {
    const asked = route.request().postDataJSON() as Record<string, unknown>;
    await route.continue({ postData: JSON.stringify({ ...asked, on_conflict: 'fail' }) });
  });
  await files.choose('a.txt', 'Copy to…');
  await page.getByRole('dialog').getByRole('button', { name: 'to', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Copy here' }).click();
  await expect(files.toast('“a.txt” could not be done')).toBeVisible();
  const row = files.jobs.getByRole('listitem').filter({ hasText: 'Copy “a.txt” to “to”' });
  await row.getByText('1 item could not be done').click();
  await expect(row.getByRole('listitem')).toContainText('a.txt');
  await expectAccessible(page, 'failures of a job');
});

test('on a phone the panel is at the foot, and says when there is nothing', async ({ page, account }) => {
  await page.setViewportSize(PHONE);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('button', { name: 'Recent changes' }).click();
  await expect(files.jobs).toContainText('Nothing was moved, copied, deleted or restored');
  await expectAccessible(page, 'no jobs');
  await page.screenshot({ path: test.info().outputPath('nothing.png') });
});

test('a stream of events that is refused is made up for by asking again', async ({ page, account, problems }) => {
  problems.allow(/status of 409|EventSource/);
  await account.seed([['a.txt', '1']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await page.route('**/api/jobs/events', (route) => route.fulfill({ status: 409, json: { detail: 'Enough.', code: 'CONFLICT' } }));
  await files.table.focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Delete');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 file' }).click();
  await expect(files.row('a.txt')).toHaveCount(0, { timeout: 15_000 });
});
