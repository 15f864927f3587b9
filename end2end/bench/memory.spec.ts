// How much memory the server takes: idle, at most and afterwards, for each kind of load. Fails when it does not come
// back.
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { Program } from '../fixtures/program.ts';

const MB = 1000 * 1000;
const PIECE = Buffer.alloc(256 * 1024, 'forepeak ');
/** After a load, until what is resident is looked at. */
const REST = 15_000;
/** MiB: the goals of docs/performance.md. */
const IDLE = 64;
const AFTER_LOGINS = 130;
const ABOVE_IDLE = 60;

/** A line of /proc/PID/status in MiB: VmRSS is now, VmHWM the most ever. */
async function memory(program: Program, line: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${program.pid}/status`, 'utf8');
  const kib = new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return Number(kib) / 1024;
}

/** Streams `size` bytes as multipart/form-data; answers the status. */
function upload(program: Program, account: Account, key: string, size: number): Promise<number> {
  const boundary = 'a-boundary-that-the-content-lacks';
  const head = Buffer.from(
    `--${boundary}\r\ncontent-disposition: form-data; name="key"\r\n\r\n${key}\r\n` +
      `--${boundary}\r\ncontent-disposition: form-data; name="file"; filename="x.bin"\r\n` +
      'content-type: application/octet-stream\r\n\r\n',
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  return new Promise((resolve, reject) => {
    const call = request(
      `${program.url}/api/s3/upload`,
      {
        method: 'POST',
        headers: {
          authorization: `Bearer ${account.token}`,
          'content-type': `multipart/form-data; boundary=${boundary}`,
          'content-length': head.length + size + tail.length,
        },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    call.on('error', reject);
    call.write(head);
    let left = size;
    const send = (): void => {
      while (left > 0) {
        const piece = left < PIECE.length ? PIECE.subarray(0, left) : PIECE;
        left -= piece.length;
        if (!call.write(piece)) {
          call.once('drain', send);
          return;
        }
      }
      call.end(tail);
    };
    send();
  });
}

/** Calls `work` so many times, `clients` at once; every one must be answered with 200. */
async function load(clients: number, times: number, work: (n: number) => Promise<number>): Promise<void> {
  let next = 0;
  const statuses = new Set<number>();
  const client = async (): Promise<void> => {
    while (next < times) statuses.add(await work(next++));
  };
  await Promise.all(Array.from({ length: clients }, client));
  expect(statuses).toEqual(new Set([200]));
}

async function get(url: string, headers: Record<string, string> = {}): Promise<number> {
  const answer = await fetch(url, { headers });
  await answer.arrayBuffer();
  return answer.status;
}

test('memory of the server', async () => {
  const program = await Program.start({ direct: true });
  try {
    await pause(REST);
    const idle = await memory(program, 'VmRSS');
    console.log(`memory idle: ${idle.toFixed(0)} MiB`);
    const account = await Account.create(program);
    const login = async (): Promise<number> => {
      const answer = await fetch(`${program.url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ username: account.username, password: account.password }),
      });
      await answer.arrayBuffer();
      return answer.status;
    };
    const key = (folder: string, n: number): string => `${account.prefix}${folder}/${n}.bin`;
    const headers = { authorization: `Bearer ${account.token}` };
    const listing = `${program.url}/api/s3/objects?prefix=${encodeURIComponent(`${account.prefix}small/`)}`;
    const pages = ['/sign-in', '/register', '/api/docs/', '/api/openapi.json'];

    const loads: [what: string, load: () => Promise<void>][] = [
      ['500 sign-ins, 32 at once', () => load(32, 500, login)],
      ['1,000 uploads of 20 KB, 32 at once', () => load(32, 1000, (n) => upload(program, account, key('small', n), 20_000))],
      ['1,000 listings of 1,000 files, 32 at once', () => load(32, 1000, () => get(listing, headers))],
      ['1,000 pages, 16 at once', () => load(16, 1000, (n) => get(`${program.url}${pages[n % pages.length]}`))],
      ['50 uploads of 100 MB at once', () => load(50, 50, (n) => upload(program, account, key('large', n), 100 * MB))],
    ];
    const resident: number[] = [];
    for (const [what, run] of loads) {
      const started = performance.now();
      await run();
      const seconds = (performance.now() - started) / 1000;
      const most = await memory(program, 'VmHWM');
      await pause(REST);
      const after = await memory(program, 'VmRSS');
      resident.push(after);
      console.log(
        `memory after ${what}: ${after.toFixed(0)} MiB (at most ${most.toFixed(0)} MiB so far; it took ${seconds.toFixed(1)} s)`,
      );
    }
    expect(idle).toBeLessThanOrEqual(IDLE);
    expect(resident[0]).toBeLessThanOrEqual(AFTER_LOGINS);
    expect(Math.max(...resident)).toBeLessThanOrEqual(idle + ABOVE_IDLE);
  } finally {
    await program.stop();
  }
});
