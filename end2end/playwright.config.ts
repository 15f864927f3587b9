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
  // Each worker has a program and a browser of its own; more of them than cores would only wait for each other.
  workers: 2,
  fullyParallel: false,
  forbidOnly: !!process.env['CI'],
  // A test that passes the second time has failed.
  retries: 0,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['junit', { outputFile: 'test-results/junit.xml' }]],
  projects: [
    { name: 'browser', grepInvert: /@timed/ },
    // What measures time runs when the machine does nothing else.
    { name: 'timed', grep: /@timed/, workers: 1, dependencies: ['browser'] },
  ],
  use: {
    browserName: 'chromium',
    launchOptions: chromium,
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
