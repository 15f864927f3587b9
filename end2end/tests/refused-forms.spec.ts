// A form that is refused comes back with what was typed, with JavaScript and without.
import { Program } from '../fixtures/program.ts';
import { expect, test } from '../fixtures/test.ts';
import config from '../playwright.config.ts';

/** A name of this machine that the program does not know. */
const ALIAS = 'files.test';
const launch = config.use?.launchOptions ?? {};

// Without TLS and on another host than its own, the browser does not say where a form comes from but by `Origin`.
test.use({
  launchOptions: { ...launch, args: [...(launch.args ?? []), `--host-resolver-rules=MAP ${ALIAS} 127.0.0.1`] },
});

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled });

    test('opened under another name, it says where to send it', async ({ page, problems }) => {
      problems.allow(/status of 403|Cross-Origin-Opener-Policy header has been ignored/);
      const program = await Program.start({
        environment: {
          APP_ENV: 'staging',
          STORAGE: 'embedded',
          REGISTRATION: 'closed',
          JWT_SECRET_KEY: 'a secret of the tests: 7f3c9d2b81e4a650',
          ENCRYPTION_KEY: 'another secret of theirs: 2b81e4a6507f3c9d',
        },
      });
      try {
        const elsewhere = program.pageUrl.replace('127.0.0.1', ALIAS);
        await page.goto(`${elsewhere}/sign-in`);
        await page.getByLabel('Username').fill('ada');
        await page.getByLabel('Password', { exact: true }).fill('her secret');
        await page.getByRole('button', { name: 'Sign in', exact: true }).click();
        await expect(page.getByRole('alert')).toContainText(elsewhere);
        await expect(page.getByRole('alert')).toContainText(program.pageUrl);
        await expect(page.getByLabel('Username')).toHaveValue('ada');
        await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
      } finally {
        await program.stop();
      }
    });

    test('sent too often, it says how long to wait', async ({ page, problems }) => {
      problems.allow(/status of (401|429)/);
      const program = await Program.start({ environment: { RATE_LIMIT_AUTH_PER_MINUTE: '1' } });
      try {
        await page.goto(`${program.pageUrl}/sign-in`);
        for (const said of ['do not match', 'Try again in']) {
          await page.getByLabel('Username').fill('ada');
          await page.getByLabel('Password', { exact: true }).fill('her secret');
          await page.getByRole('button', { name: 'Sign in', exact: true }).click();
          await expect(page.getByRole('alert')).toContainText(said);
          await expect(page.getByLabel('Username')).toHaveValue('ada');
          await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
        }
      } finally {
        await program.stop();
      }
    });
  });
}
