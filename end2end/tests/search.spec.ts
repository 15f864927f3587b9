// Finding things: in the open folder while one types, in everything below it by Enter.
import { expectAccessible } from '../fixtures/accessibility.ts';
import type { Seed } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';

const SEA: Seed[] = [
  ['Harbour plan.txt', 'plan'],
  ['logs/2024/harbour-report.txt', 'report'],
  ['logs/2024/weather.txt', 'wind'],
  ['logs/2025/HARBOUR 100% #1.txt', 'odd'],
  ['harbours/map.txt', 'map'],
  ['quiet.txt', 'quiet'],
];

test('slash, words, Enter: results with the way to each of them', async ({ page, account }) => {
  await account.seed(SEA);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const box = page.getByRole('searchbox', { name: 'Search' });

  // While one types the open folder narrows.
  await page.keyboard.press('/');
  await expect(box).toBeFocused();
  await page.keyboard.type('harbour');
  await expect(files.row('quiet.txt')).toHaveCount(0);
  await expect(files.row('Harbour plan.txt')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Search inside folders' })).toBeVisible();

  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Results for “harbour” in “Home”' })).toBeVisible();
  await expect(page).toHaveURL('/files/?search=harbour');
  await expect(page).toHaveTitle(/Search: harbour/);
  const hits = page.getByRole('list').filter({ has: page.locator('.hit') }).getByRole('listitem');
  await expect(hits).toHaveCount(5);
  await expect(page.getByRole('status').filter({ hasText: '5 results' })).toBeVisible();
  await expect(hits.filter({ hasText: 'harbour-report.txt' })).toContainText('Home / logs / 2024');
  await expect(hits.locator('mark').first()).toHaveText(/harbour/i);
  await expectAccessible(page, 'results');

  // The address is the state.
  await page.reload();
  await expect(hits).toHaveCount(5);
  await expect(box).toHaveValue('harbour');
  await files.interactive();

  // By keyboard from the box to a result, and into it.
  await box.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const name = await page.evaluate(() => document.activeElement?.getAttribute('title') ?? '');
  expect(SEA.some(([key]) => key.endsWith(name))).toBe(true);
  await page.keyboard.press('Enter');
  await expect(files.details.getByRole('heading', { name })).toBeVisible();
  await expect(files.named(name)).toHaveAttribute('aria-selected', 'true');
  await page.goBack();
  await expect(hits).toHaveCount(5);

  // The folder that holds it.
  await hits.filter({ hasText: '100% #1' }).getByRole('link', { name: /2025/ }).click();
  await expect(page).toHaveURL(/\/files\/logs\/2025\/$/);
  await expect(files.row('HARBOUR 100% #1.txt')).toBeVisible();
  await expect(box).toHaveValue('');
});

test('a search looks below the open folder, and can be widened when nothing is there', async ({ page, account }) => {
  await account.seed(SEA);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.open('logs/');
  const box = page.getByRole('searchbox', { name: 'Search' });
  await page.keyboard.press('Control+k');
  await box.fill('map');
  await expect(page.getByRole('heading', { name: 'No name contains “map”' })).toBeVisible();
  await box.press('Enter');
  await expect(page.getByRole('heading', { name: 'Nothing found for “map”' })).toBeVisible();
  await expectAccessible(page, 'nothing found');
  await page.getByRole('link', { name: 'Search everywhere' }).click();
  await expect(page).toHaveURL('/files/?search=map');
  await expect(page.locator('.hit')).toHaveCount(1);
  await expect(page.locator('.hit')).toContainText('map.txt');

  await box.press('Escape');
  await expect(page).toHaveURL('/files/');
  await expect(files.row('quiet.txt')).toBeVisible();
});

test('all keys are looked at, however many there are', async ({ page, account }) => {
  test.setTimeout(180_000);
  await account.seed([
    ...Array.from({ length: 1_200 }, (_, index): Seed => [`deep/${String(index).padStart(5, '0')}.txt`, '']),
    ['zz/the last needle.txt', 'x'],
  ]);
  await account.authenticate(page);
  await page.goto('/files/?search=needle');
  await expect(page.locator('.hit')).toHaveCount(1);
  // More than anybody reads: some are shown, the rest by asking.
  await page.goto('/files/?search=.txt');
  await expect(page.getByRole('status').filter({ hasText: /300 results so far/ })).toBeVisible();
  await page.getByRole('button', { name: 'Look further' }).click();
  await expect(page.getByRole('status').filter({ hasText: /600 results so far/ })).toBeVisible();
});

test('all words, in any order, by name before by path, narrowed by filters in the address', async ({ page, account }) => {
  await account.seed([
    ['2024/harbour/plan.txt', 'plan'],
    ['2024/plan of the harbour.png', 'picture'],
    ['harbour 2023/plan.txt', 'other year'],
    ['harbour plan 2024/list.txt', 'list'],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const box = page.getByRole('searchbox', { name: 'Search' });
  await box.fill('PLAN 2024  harbour');
  await box.press('Enter');
  const names = page.locator('.hit-name');
  await expect(names).toHaveText(['harbour plan 2024', 'plan.txt', 'plan of the harbour.png', 'list.txt']);
  await expect(page.getByRole('heading', { level: 3 })).toHaveText(['In the name', 'In the path']);
  // Each word wherever it stands.
  await expect(page.locator('.hit').first().locator('.hit-name mark')).toHaveText(['harbour', 'plan', '2024']);
  await expect(page.locator('.hit').nth(1).locator('mark')).toHaveText(['plan', '2024', 'harbour']);

  await page.getByText('Filters').click();
  await page.getByLabel('Kind').selectOption('Images');
  await page.getByLabel('Size').selectOption('Up to 1 MiB');
  await page.getByLabel('Changed from (UTC)').fill('2020-01-01');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page).toHaveURL('/files/?search=PLAN%202024%20%20harbour&kind=image&size=small&from=2020-01-01');
  await expect(names).toHaveText(['plan of the harbour.png']);
  await expectAccessible(page, 'filtered results');

  // The address is the state, and other words are narrowed alike.
  await page.reload();
  await files.interactive();
  await expect(names).toHaveText(['plan of the harbour.png']);
  await expect(page.getByLabel('Kind')).toHaveValue('image');
  await box.fill('plan');
  await box.press('Enter');
  await expect(page).toHaveURL('/files/?search=plan&kind=image&size=small&from=2020-01-01');
  await expect(names).toHaveCount(1);
  await page.getByRole('link', { name: 'Without filters' }).click();
  await expect(page).toHaveURL('/files/?search=plan');
  await expect(names).toHaveCount(5);
});

test.describe('without script', () => {
  test.use({ javaScriptEnabled: false });

  test('the form leads to results that can be read', async ({ page, account }) => {
    await account.seed(SEA);
    await account.signIn(page);
    await page.getByRole('searchbox', { name: 'Search' }).fill('harbour');
    await page.keyboard.press('Enter');
    await expect(page).toHaveURL('/files/?search=harbour');
    await expect(page.locator('.hit')).toHaveCount(5);
    await page.getByRole('link', { name: 'harbour-report.txt' }).click();
    await expect(page).toHaveURL(/\/files\/logs\/2024\/\?details=harbour-report.txt/);
    await expect(page.getByRole('complementary', { name: /details/i })).toContainText('text/plain');
  });

  test('filters are a form', async ({ page, account }) => {
    await account.seed([...SEA, ['harbour.png', 'picture']]);
    await account.authenticate(page);
    await page.goto('/files/?search=harbour');
    await page.getByText('Filters').click();
    await page.getByLabel('Kind').selectOption('Images');
    await page.getByRole('button', { name: 'Filter' }).click();
    await expect(page).toHaveURL('/files/?search=harbour&kind=image&size=&from=&to=');
    await expect(page.locator('.hit-name')).toHaveText(['harbour.png']);
    await expect(page.getByLabel('Kind')).toHaveValue('image');
  });
});
