// 1 GiB from the browser against `aws s3 cp` of the same file to the same endpoint, in turns, medians of three.
import { rm } from 'node:fs/promises';
import { test } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { awsCopy, median } from '../fixtures/clients.ts';
import { randomFile } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { Program } from '../fixtures/program.ts';

const MIB = 1024;
const ROUNDS = 3;

test('1 GiB from the browser against aws s3 cp', async ({ page }, info) => {
  const program = await Program.start({ direct: true });
  try {
    const file = info.outputPath('gibibyte.bin');
    await randomFile(file, MIB);
    const account = await Account.create(program);
    await account.signIn(page);
    const files = new FilesPage(page);

    const seconds: { browser: number[]; aws: number[] } = { browser: [], aws: [] };
    for (let round = 0; round < ROUNDS; round += 1) {
      await page.goto(`${program.url}/files/round-${round}/`);
      await files.interactive();
      const opened = performance.now();
      await files.pickFiles(file);
      await files.uploadsSay(300_000, 'gibibyte.bin', 'Done');
      seconds.browser.push((performance.now() - opened) / 1000);
      seconds.aws.push(await awsCopy(program, file, `bench/${round}.bin`));
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
