import { defineConfig } from '@playwright/test';

// Debian's Chromium; Playwright downloads none. The flags keep it from calling home: those connections would
// fail on a closed network and show up as noise.
const chromium = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  // One browser and one server at a time: a neighbour's load would show up as long tasks and lost seconds.
  workers: 1,
  fullyParallel: false,
  forbidOnly: !!process.env['CI'],
  // A test that passes the second time has failed.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: chromium,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
