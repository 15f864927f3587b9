// A folder of 5,000 small files from the browser, against `aws s3 cp --recursive` and `s5cmd cp` of the same folder.
import { test } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { awsCopy, s5cmdCopy } from '../fixtures/clients.ts';
import { folderOfFiles } from '../fixtures/disk.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { Program } from '../fixtures/program.ts';

const FILES = 5_000;

test('a folder of 5,000 small files', async ({ page }, info) => {
  const program = await Program.start({ direct: true });
  try {
    const folder = info.outputPath('logbook');
    await folderOfFiles(folder, FILES);
    const account = await Account.create(program);
    await account.signIn(page);
    const files = new FilesPage(page);
    await files.interactive();

    let calls = 0;
    page.on('request', (request) => {
      if (request.url().startsWith(`${program.url}/api/`)) calls += 1;
    });
    const opened = performance.now();
    await files.pickFolder(folder);
    await files.uploadsSay(600_000, 'Uploaded 5,000 of 5,000');
    const seconds = {
      browser: (performance.now() - opened) / 1000,
      'aws s3 cp --recursive': await awsCopy(program, folder, 'bench/aws/', true),
      's5cmd cp': await s5cmdCopy(program, folder, 'bench/s5cmd/'),
    };
    for (const [name, value] of Object.entries(seconds)) {
      console.log(`${FILES} small files by ${name}: ${value.toFixed(1)} s (${(FILES / value).toFixed(0)} files/s)`);
    }
    console.log(`the browser asked the API ${calls} times`);
  } finally {
    await program.stop();
  }
});
