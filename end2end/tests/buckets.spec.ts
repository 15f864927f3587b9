// Buckets of one's own: made on the page, uploaded to directly, browsed, moved into, deleted; in both themes and sizes.
import { randomBytes } from 'node:crypto';
import { expectAccessible, expectNoSidewaysScroll } from '../fixtures/accessibility.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { look, PHONE } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';

const fresh = (): string => `e2e-${randomBytes(5).toString('hex')}`;

test('a bucket is made, filled from the browser, browsed and deleted', async ({ page, account, problems }) => {
  problems.allow(/status of 400/);
  const name = fresh();
  await account.signIn(page);
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Buckets' }).click();
  await expect(page.getByRole('heading', { name: 'No buckets yet' })).toBeVisible();
  await expectAccessible(page, 'no buckets');
  await page.getByLabel('Name (optional)').fill('Not A Name');
  await page.getByRole('button', { name: 'Create bucket' }).click();
  await expect(page.getByText('May only contain lower-case letters')).toBeVisible();
  await expect(page.getByLabel('Name (optional)')).toHaveValue('Not A Name');
  await page.getByLabel('Name (optional)').fill(name);
  await page.getByRole('button', { name: 'Create bucket' }).click();
  await expect(page.getByText(`The bucket ${name} is there.`)).toBeVisible();

  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name }).click();
  await expect(page).toHaveURL(new RegExp(`/storage/server/${name}/$`));
  const files = new FilesPage(page);
  await files.interactive();
  // Straight to storage: the page's policy and the bucket's rules let it.
  const put = page.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.url().includes(`/${name}/`));
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    (async () => {
      await page.getByRole('button', { name: 'Upload', exact: true }).first().click();
      await page.getByRole('menuitem', { name: /files/i }).click();
    })(),
  ]);
  await chooser.setFiles({ name: 'note.txt', mimeType: 'text/plain', buffer: Buffer.from('in a bucket') });
  expect((await put).status()).toBe(200);
  await expect(files.row('note.txt')).toBeVisible();
  const stored = await account.call<{ objects: { key: string }[] }>('GET', `/api/buckets/${name}/items`);
  expect(stored.objects.map(({ key }) => key)).toEqual(['note.txt']);
  expect(await account.names()).toEqual([]);

  // The address is the state here too.
  await page.reload();
  await files.interactive();
  await expect(files.row('note.txt')).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Breadcrumbs' })).toContainText(name);

  await page.goto(`/storage/properties/${name}`);
  await expect(page.getByText('1 object, 11 B')).toBeVisible();
  await expect(page.getByText('It still holds files')).toBeVisible();
  await expectAccessible(page, 'properties of a bucket');
  await account.call('DELETE', `/api/buckets/${name}/items/note.txt`);
  await page.reload();
  await page.getByLabel(`Type ${name} to confirm`).fill('something else');
  await page.getByRole('button', { name: 'Delete bucket' }).click();
  await expect(page.getByText(`Must be ${name}`)).toBeVisible();
  await page.getByLabel(`Type ${name} to confirm`).fill(name);
  await page.getByRole('button', { name: 'Delete bucket' }).click();
  await expect(page.getByText(`The bucket ${name} is deleted.`)).toBeVisible();
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name })).toHaveCount(0);
});

test('a file is copied from home into a bucket, and back', async ({ page, account }) => {
  const name = fresh();
  await account.call('POST', `/api/buckets/${name}`);
  await account.seed([['letter.txt', 'Dear Ada']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.choose('letter.txt', /Move to/);
  const dialog = page.getByRole('dialog');
  const places = dialog.getByRole('group', { name: 'Home, teams and buckets' });
  await places.getByRole('button', { name }).click();
  await expect(dialog.getByText('No folders in here.')).toBeVisible();
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await expect(files.row('letter.txt')).toHaveCount(0);
  await page.goto(`/storage/server/${name}/`);
  await files.interactive();
  await expect(files.row('letter.txt')).toBeVisible();
  await files.choose('letter.txt', /Copy to/);
  await places.getByRole('button', { name: 'Home' }).click();
  await dialog.getByRole('button', { name: 'Copy here' }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => account.names()).toEqual(['letter.txt']);
  await expect(files.row('letter.txt')).toBeVisible();
});

test('a stranger’s bucket is not there', async ({ page, account, problems }) => {
  problems.allow(/status of 404/);
  await account.signIn(page);
  const answer = await page.goto('/storage/server/somebody-elses/');
  expect(answer?.status()).toBe(404);
  await expect(page.getByText('Bucket somebody-elses does not exist')).toBeVisible();
});

for (const scheme of ['light', 'dark'] as const) {
  test(`the pages of buckets on a phone, ${scheme}`, async ({ page, account }, info) => {
    const name = fresh();
    await account.call('POST', `/api/buckets/${name}`);
    await page.setViewportSize(PHONE);
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    await account.signIn(page);
    for (const [what, path] of [
      ['buckets', '/storage'],
      ['bucket-properties', `/storage/properties/${name}`],
      ['bucket-files', `/storage/server/${name}/`],
    ] as const) {
      await page.goto(path);
      await expect(page.locator('html[data-hydrated]')).toBeAttached();
      await look(page, what, info);
      await expectNoSidewaysScroll(page, what);
    }
    await page.getByRole('button', { name: 'Menu' }).click();
    await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
    await look(page, 'menu-with-buckets', info);
  });
}
