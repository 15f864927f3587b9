// The measurements of docs/performance.md: `make bench` runs them against the release build, one at a time.
import { defineConfig } from '@playwright/test';
import tests from './playwright.config.ts';

export default defineConfig({
  ...tests,
  testDir: 'bench',
  workers: 1,
  timeout: 20 * 60_000,
  use: { ...tests.use, trace: 'off', screenshot: 'off' },
});
