// Teams: an admin makes one, two people work in its folder in two browsers, and whoever is demoted is stopped at once.
import { randomBytes } from 'node:crypto';
import type { Browser, Page } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { DESK, look, PHONE } from '../fixtures/look.ts';
import type { Program } from '../fixtures/program.ts';
import { expect, test } from '../fixtures/test.ts';

interface Made {
  id: string;
  prefix: string;
}

/** A team that the admin made by REST, with these members. */
async function team(program: Program, ...members: [Account, string][]): Promise<Made & { name: string; admin: Account }> {
  const admin = await Account.admin(program);
  const name = `Crew ${randomBytes(4).toString('hex')}`;
  const made = await admin.call<Made>('POST', '/api/teams', { name });
  for (const [member, role] of members) {
    await admin.call('POST', `/api/teams/${made.id}/members`, { user: member.username, role });
  }
  return { ...made, name, admin };
}

/** Another person's browser. */
async function other(browser: Browser, program: Program, account: Account): Promise<Page> {
  const context = await browser.newContext({ baseURL: program.url });
  const page = await context.newPage();
  await account.signIn(page);
  return page;
}

async function keysOf(account: Account, prefix: string): Promise<string[]> {
  const query = new URLSearchParams({ prefix, recursive: 'true' });
  const { objects } = await account.call<{ objects: { key: string }[] }>('GET', `/api/s3/objects?${query}`);
  return objects.map(({ key }) => key.slice(prefix.length)).sort();
}

test('two people work in a folder, one is demoted, and the next request is refused', async ({
  page,
  account,
  browser,
  program,
  problems,
}) => {
  test.setTimeout(120_000);
  problems.allow(/status of 403/);
  const bob = await Account.create(program);
  const crew = await team(program, [account, 'editor'], [bob, 'editor']);
  const theirs = await other(browser, program, bob);

  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await page.getByRole('link', { name: crew.name }).click();
  await expect(page).toHaveURL(`/teams/${crew.id}/`);
  await expect(page.getByRole('navigation', { name: 'Breadcrumbs' })).toHaveText(crew.name);
  await page.getByRole('button', { name: 'New folder' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('Charts');
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(files.row('Charts')).toBeVisible();

  // What one makes the other sees, and changes.
  await theirs.goto(`/teams/${crew.id}/`);
  const seen = new FilesPage(theirs);
  await seen.interactive();
  await expect(seen.row('Charts')).toBeVisible();
  await seen.choose('Charts', 'Rename');
  await theirs.getByRole('dialog').getByRole('textbox').fill('Old charts');
  await theirs.getByRole('dialog').getByRole('button', { name: 'Rename' }).click();
  await expect(seen.row('Old charts')).toBeVisible();

  await crew.admin.call('PATCH', `/api/teams/${crew.id}/members/${await idOf(bob)}`, { role: 'viewer' });
  // The page does not know yet; the server does.
  await seen.choose('Old charts', 'Delete');
  await theirs.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(theirs.getByRole('dialog')).toContainText('you may not delete');
  expect(await keysOf(account, crew.prefix)).toEqual(['Old charts/']);

  // From the next page on it does, and offers what a viewer can do.
  await theirs.goto(`/teams/${crew.id}/`);
  await seen.interactive();
  await expect(theirs.getByText('You can look and download here')).toContainText(crew.name);
  for (const gone of ['New folder', 'Upload']) {
    await expect(theirs.getByRole('button', { name: gone, exact: true })).toHaveCount(0);
  }
  await seen.row('Old charts').click({ button: 'right' });
  await expect(theirs.getByRole('menuitem', { name: 'Copy to…' })).toBeVisible();
  for (const gone of ['Rename', 'Move to…', 'Delete']) {
    await expect(theirs.getByRole('menuitem', { name: gone })).toHaveCount(0);
  }

  await crew.admin.call('DELETE', `/api/teams/${crew.id}/members/${await idOf(bob)}`);
  expect((await theirs.goto(`/teams/${crew.id}/`))?.status()).toBe(403);
  await expect(theirs.getByRole('link', { name: crew.name })).toHaveCount(0);
  await theirs.context().close();
});

async function idOf(account: Account): Promise<string> {
  return (await account.call<{ id: string }>('GET', '/api/auth/me')).id;
}

test('files go from home to a team and back', async ({ page, account, program }) => {
  const crew = await team(program, [account, 'editor']);
  await account.seed([['plan.txt', 'north']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  await files.choose('plan.txt', 'Move to…');
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: crew.name }).click();
  await expect(dialog.getByRole('navigation', { name: 'Way to the folder' })).toHaveText(crew.name);
  await dialog.getByRole('button', { name: 'Move here' }).click();
  await expect(files.toast(`moved to “${crew.name}”`)).toBeVisible();
  await expect(files.row('plan.txt')).toHaveCount(0);
  expect(await keysOf(account, crew.prefix)).toEqual(['plan.txt']);

  await page.goto(`/teams/${crew.id}/`);
  await files.interactive();
  await files.choose('plan.txt', 'Copy to…');
  await dialog.getByRole('button', { name: 'Home' }).first().click();
  await dialog.getByRole('button', { name: 'Copy here' }).click();
  await expect(files.toast('copied to “Home”')).toBeVisible();
  expect((await account.read('plan.txt')).toString()).toBe('north');
});

for (const script of [true, false]) {
  test.describe(script ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled: script });

    test('an admin makes a team, its manager adds somebody, and the team is deleted', async ({
      page,
      account,
      browser,
      program,
      problems,
    }, info) => {
      test.setTimeout(120_000);
      problems.allow(/status of 40[0349]/);
      const bob = await Account.create(program);
      const admin = await Account.admin(program);
      const name = `Watch ${randomBytes(4).toString('hex')}`;
      // axe is a script of the page.
      const seen = async (page: Page, what: string): Promise<void> => {
        if (script) await look(page, what, info);
      };
      await admin.signIn(page);
      await page.goto('/admin/teams');
      await page.getByLabel('Name').fill(name);
      await page.getByRole('button', { name: 'Make the team' }).click();
      await expect(page.getByRole('heading', { name })).toBeVisible();
      await page.getByLabel('Username').fill('nobody-is-called-so');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await expect(page.getByRole('alert')).toContainText('no active account');
      await expect(page.getByLabel('Username')).toHaveValue('nobody-is-called-so');
      await page.getByLabel('Username').fill(account.username);
      await page.getByLabel('Role', { exact: true }).selectOption('manager');
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await expect(page.getByRole('status').filter({ hasText: 'is a member now' })).toBeVisible();
      for (const [device, viewport] of [['desk', DESK], ['phone', PHONE]] as const) {
        await page.setViewportSize(viewport);
        await seen(page, `admin-team-${device}`);
        await page.goto('/admin/teams');
        await seen(page, `admin-teams-${device}`);
        await page.getByRole('link', { name }).click();
        await expect(page.getByRole('heading', { name })).toBeVisible();
      }

      const theirs = await browser.newContext({ baseURL: program.url, javaScriptEnabled: script });
      const managers = await theirs.newPage();
      await account.signIn(managers);
      await managers.goto('/settings/teams');
      await seen(managers, 'own-teams');
      await managers.getByRole('main').getByRole('link', { name }).click();
      await managers.getByLabel('Username').fill(bob.username);
      await managers.getByRole('button', { name: 'Add', exact: true }).click();
      await expect(managers.getByRole('status').filter({ hasText: 'is a member now' })).toBeVisible();
      await managers.getByLabel(`Role of ${bob.username}`, { exact: true }).selectOption('editor');
      await managers.getByRole('button', { name: `Save the role of ${bob.username}` }).click();
      await expect(managers.getByRole('status').filter({ hasText: 'is saved' })).toBeVisible();
      await managers.setViewportSize(PHONE);
      await seen(managers, 'own-team-phone');
      // The last manager stays.
      await managers.getByRole('button', { name: `Leave the team ${name}` }).click();
      await managers.getByRole('dialog').getByRole('button', { name: 'Leave' }).click();
      await expect(managers.getByRole('alert')).toContainText('last manager');
      await theirs.close();

      await page.getByRole('button', { name: 'Delete the team' }).first().click();
      const question = page.getByRole('dialog', { name: `Delete the team ${name}?` });
      await expect(question).toContainText('They stay in storage under teams/');
      await question.getByRole('button', { name: 'Delete the team' }).click();
      await expect(page.getByRole('status').filter({ hasText: 'is deleted' })).toBeVisible();
      await expect(page.getByRole('row').filter({ hasText: name })).toContainText('Deleted');
    });
  });
}

for (const [device, viewport] of [['desk', DESK], ['phone', PHONE]] as const) {
  test(`a team's folder on a ${device}`, async ({ page, account, program }, info) => {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ reducedMotion: 'reduce' });
    const crew = await team(program, [account, 'viewer']);
    await crew.admin.call('PATCH', `/api/teams/${crew.id}`, { quota_bytes: 1024 ** 3 });
    await account.signIn(page);
    await page.goto(`/teams/${crew.id}/`);
    const files = new FilesPage(page);
    await files.interactive();
    await look(page, 'empty-team', info);
    if (device === 'phone') await page.getByRole('button', { name: 'Menu' }).click();
    await expect(page.locator('.rail-storage')).toHaveText('0 B of 1.0 GiB used');
    await expect(page.getByRole('link', { name: crew.name }).first()).toHaveAttribute('aria-current', 'page');
    await look(page, 'rail-with-team', info);
  });
}
