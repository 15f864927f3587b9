// A page of 1,000 objects over REST, against the same page straight from the embedded store of the same program.
import { Agent, get } from 'node:http';
import { expect, test } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { awsCopy, listingUrl, median } from '../fixtures/clients.ts';
import { folderOfFiles } from '../fixtures/disk.ts';
import { processSeconds } from '../fixtures/processor.ts';
import { Program } from '../fixtures/program.ts';

const CLIENTS = 8;
const PAGES = 400;
const TURNS = 5;

/** Gets a page and throws it away; answers its status and size. */
function fetchPage(url: string, headers: Record<string, string>, agent: Agent): Promise<{ status: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    get(url, { headers, agent }, (answer) => {
      let bytes = 0;
      answer.on('data', (piece: Buffer) => (bytes += piece.length));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, bytes }));
      answer.on('error', reject);
    }).on('error', reject);
  });
}

test('a page of a listing', async () => {
  const program = await Program.start({ direct: true });
  const agent = new Agent({ keepAlive: true, maxSockets: CLIENTS });
  try {
    const account = await Account.create(program);
    const folder = test.info().outputPath('logbook');
    await folderOfFiles(folder, 1_000);
    await awsCopy(program, folder, `${account.prefix}logbook/`, true);
    const prefix = `${account.prefix}logbook/`;
    const bearer = { authorization: `Bearer ${account.token}` };
    const ways = [
      { name: 'REST', url: `${program.url}/api/s3/objects?recursive=true&max_keys=1000&prefix=${encodeURIComponent(prefix)}`, headers: bearer },
      { name: 'the store', url: await listingUrl(program, prefix), headers: {} },
    ].map((way) => ({ ...way, rates: [] as number[], processor: [] as number[] }));

    for (let turn = 0; turn < TURNS; turn++) {
      for (const way of ways) {
        const [begun, used] = [performance.now(), await processSeconds(program.pid)];
        let next = 0;
        const client = async (): Promise<void> => {
          while (next++ < PAGES) {
            const page = await fetchPage(way.url, way.headers, agent);
            expect(page.status).toBe(200);
            expect(page.bytes).toBeGreaterThan(100_000);
          }
        };
        await Promise.all(Array.from({ length: CLIENTS }, client));
        way.rates.push((PAGES / (performance.now() - begun)) * 1000);
        way.processor.push((((await processSeconds(program.pid)) - used) / PAGES) * 1000);
      }
    }
    for (const way of ways) {
      console.log(
        `a page of 1,000 from ${way.name}: ${median(way.rates).toFixed(0)} requests/s, ` +
          `${median(way.processor).toFixed(1)} ms of the server's processor time`,
      );
    }
    const [rest, store] = ways.map((way) => median(way.rates));
    console.log(`REST against the store: ${((rest ?? NaN) / (store ?? NaN)).toFixed(2)}`);
  } finally {
    agent.destroy();
    await program.stop();
  }
});
