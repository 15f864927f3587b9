// Every page of accounts and administration in light and dark, on a desk and on a phone: axe, no sideways scroll, and
// a screenshot for people to look at.
import { Account } from '../fixtures/account.ts';
import { DESK, look, PHONE } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';

for (const scheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [['desk', DESK], ['phone', PHONE]] as const) {
    test(`account pages on a ${device}, ${scheme}`, async ({ page, program, problems }, info) => {
      test.setTimeout(180_000);
      problems.allow(/status of 400/);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
      const open = async (path: string): Promise<void> => {
        await page.goto(path);
        await expect(page.locator('html[data-hydrated]')).toBeAttached();
      };
      for (const name of ['register', 'forgot-password', 'reset-password']) {
        await open(`/${name}`);
        await look(page, name, info);
      }
      await open('/confirm?username=grace');
      await look(page, 'confirm', info);
      await open('/register');
      await page.getByLabel('Username').fill('a b');
      await page.getByLabel('Password', { exact: true }).fill('password');
      await page.getByRole('button', { name: 'Create account' }).click();
      await expect(page.getByLabel('Username')).toHaveAttribute('aria-invalid', 'true');
      await look(page, 'register-refused', info);

      const admin = await Account.admin(program);
      await admin.authenticate(page);
      for (const name of ['profile', 'password', 'devices', 'api-keys']) {
        await open(`/settings/${name}`);
        await look(page, name, info);
      }
      await page.getByLabel('Name').fill('nightly backup');
      await page.getByRole('button', { name: 'Create the key' }).click();
      await expect(page.getByRole('region', { name: 'API key' })).toBeVisible();
      await look(page, 'api-key-created', info);
      await open('/settings/api-keys');
      await page.getByRole('button', { name: 'Delete the key nightly backup' }).first().click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await look(page, 'api-key-delete', info);

      for (const name of ['users', 'invitations', 'audit']) {
        await open(`/admin/${name}`);
        await look(page, `admin-${name}`, info);
      }
      await open('/admin/users?search=testuser');
      await page.getByRole('link', { name: 'testuser', exact: true }).click();
      await expect(page.getByRole('heading', { name: 'testuser' })).toBeVisible();
      await look(page, 'admin-user', info);
      await open('/admin/users?search=nobody-at-all');
      await look(page, 'admin-users-empty', info);

      if (device === 'phone') {
        await page.getByRole('button', { name: 'Menu' }).click();
        await expect(page.getByRole('navigation', { name: 'Main' })).toBeVisible();
        await look(page, 'menu', info);
      }
    });
  }
}
