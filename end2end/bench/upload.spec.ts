// 1 GiB from the browser against `aws s3 cp` of the same file to the same endpoint, in turns, medians of three.
import { execFile } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { randomFile } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { Program } from '../fixtures/program.ts';

const MIB = 1024;
const ROUNDS = 3;
const aws = path.join(
  process.env['STOWAGE_TOOLS'] ?? fileURLToPath(new URL('../../.tools', import.meta.url)),
  'venv/bin/aws',
);

/** The embedded store's own key, from the file that it keeps under DATA_DIR. */
async function rootKey(dataDir: string): Promise<{ AWS_ACCESS_KEY_ID: string; AWS_SECRET_ACCESS_KEY: string }> {
  for (const entry of await readdir(dataDir, { recursive: true, withFileTypes: true })) {
    if (entry.name !== 'root-key.json') continue;
    const key = JSON.parse(await readFile(path.join(entry.parentPath, entry.name), 'utf8')) as {
      access_key_id: string;
      secret_access_key: string;
    };
    return { AWS_ACCESS_KEY_ID: key.access_key_id, AWS_SECRET_ACCESS_KEY: key.secret_access_key };
  }
  throw new Error(`no root-key.json under ${dataDir}`);
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;

test('1 GiB from the browser against aws s3 cp', async ({ page }, info) => {
  const program = await Program.start({ direct: true });
  try {
    const file = info.outputPath('gibibyte.bin');
    await randomFile(file, MIB);
    const account = await Account.create(program);
    const environment = {
      ...(await rootKey(program.dataDir)),
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_CONFIG_FILE: '/dev/null',
      PATH: process.env['PATH'] ?? '',
    };
    await account.signIn(page);
    const files = new FilesPage(page);

    const seconds: { browser: number[]; aws: number[] } = { browser: [], aws: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.goto(`${program.url}/files/round-${round}/`);
      await files.interactive();
      const opened = performance.now();
      await files.pickFiles(file);
      await expect(files.upload('gibibyte.bin')).toContainText('Done', { timeout: 300_000 });
      seconds.browser.push((performance.now() - opened) / 1000);

      const started = performance.now();
      await promisify(execFile)(
        aws,
        ['--endpoint-url', program.storageUrl, 's3', 'cp', '--only-show-errors', file, `s3://stowage/bench/${round}.bin`],
        { env: environment },
      );
      seconds.aws.push((performance.now() - started) / 1000);
    }
    await rm(file);
    for (const [name, values] of Object.entries(seconds)) {
      const each = values.map((value) => value.toFixed(2)).join(', ');
      console.log(`1 GiB by ${name}: ${median(values).toFixed(2)} s (${(MIB / median(values)).toFixed(0)} MiB/s; runs ${each})`);
    }
  } finally {
    await program.stop();
  }
});
