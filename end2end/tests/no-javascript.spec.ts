// Signing in and reading a list work before, and without, any script.
import { expect, test } from '../fixtures/test.ts';

test.use({ javaScriptEnabled: false });

test('sign in and read the list without JavaScript', async ({ page, account }) => {
  await account.seed([
    ['letter.txt', 'Dear Ada'],
    ['pictures/harbour.txt', 'a boat'],
  ]);
  await account.signIn(page);

  const table = page.getByRole('grid');
  await expect(table.getByText('letter.txt')).toBeVisible();
  await table.getByRole('link', { name: 'pictures' }).click();
  await expect(page).toHaveURL(/\/files\/pictures\/$/);
  await expect(table.getByText('harbour.txt')).toBeVisible();
});

test('a wrong password is said on the page, and the name stays typed', async ({ page, account, problems }) => {
  // The browser itself remarks on the page's status.
  problems.allow(/status of 401/);
  await page.goto('/sign-in');
  await page.getByLabel('Username').fill(account.username);
  await page.getByLabel('Password', { exact: true }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();

  await expect(page.getByRole('alert')).toContainText('That username and password do not match');
  await expect(page.getByLabel('Username')).toHaveValue(account.username);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
});

test('the files of someone who is not signed in lead to the sign-in page', async ({ page }) => {
  await page.goto('/files/pictures/');
  await expect(page).toHaveURL(/\/sign-in/);
});
