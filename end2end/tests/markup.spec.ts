// Security 45: hostile texts in addresses and names stay text in a living page, its title included.
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

const HOSTILE = '</title></script><!--"\'><img src=x data-injected onerror=alert(1)>';

test('an address cannot put elements into a page', async ({ page, account, problems }) => {
  // The details of a file that there is not.
  problems.allow(/status of 404/);
  await account.signIn(page);
  const files = new FilesPage(page);
  for (const name of ['search', 'filter', 'details', 'select']) {
    await page.goto(`/files/?${new URLSearchParams({ [name]: HOSTILE })}`);
    await files.interactive();
    if (name === 'search') {
      await expect(page).toHaveTitle(`Search: ${HOSTILE} · Forepeak`);
      await expect(page.getByRole('searchbox')).toHaveValue(HOSTILE);
    }
    await expect(page.locator('[data-injected]')).toHaveCount(0);
  }
});

test('nor can the name of a file or folder', async ({ page, account }) => {
  const [folder, file] = ['"\'><img src=x data-injected onerror=alert(1)>', '<!-- <script data-injected>.txt'];
  await account.seed([[`${folder}/${file}`, 'text']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.named(folder).getByRole('link').click();
  await expect(page).toHaveTitle(`${folder} · Forepeak`);
  await files.named(file).click();
  await expect(files.details.locator('pre')).toHaveText('text');
  await page.reload();
  await files.interactive();
  await expect(page).toHaveTitle(`${folder} · Forepeak`);
  await files.details.getByRole('button', { name: 'Delete this file' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 file' }).click();
  await expect(page.getByText(`“${file}” deleted.`)).toBeVisible();
  await expect(page.locator('[data-injected]')).toHaveCount(0);
});
