// How much memory the server takes: idle, and while 50 clients send 100 MB each through `POST /api/s3/upload`.
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { expect, test } from '@playwright/test';
import { Account } from '../fixtures/account.ts';
import { Program } from '../fixtures/program.ts';

const CLIENTS = 50;
const FILE = 100 * 1000 * 1000;
const PIECE = Buffer.alloc(256 * 1024, 'forepeak ');

/** A line of /proc/PID/status in MiB: VmRSS is now, VmHWM the most ever. */
async function memory(pid: number, line: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kib = new RegExp(`^${line}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  return Number(kib) / 1024;
}

/** Streams `FILE` bytes as multipart/form-data; answers the status. */
function upload(program: Program, account: Account, key: string): Promise<number> {
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
          'content-length': head.length + FILE + tail.length,
        },
      },
      (answer) => {
        answer.resume();
        answer.on('end', () => resolve(answer.statusCode ?? 0));
      },
    );
    call.on('error', reject);
    call.write(head);
    let left = FILE;
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

test('memory of the server', async () => {
  const program = await Program.start({ direct: true });
  try {
    const account = await Account.create(program);
    const idle = await memory(program.pid, 'VmRSS');
    const started = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: CLIENTS }, (_, client) => upload(program, account, `${account.prefix}load/${client}.bin`)),
    );
    const seconds = (performance.now() - started) / 1000;
    expect(new Set(statuses)).toEqual(new Set([200]));
    const most = await memory(program.pid, 'VmHWM');
    const throughput = (CLIENTS * FILE) / 1e6 / seconds;
    console.log(`memory idle: ${idle.toFixed(0)} MiB`);
    console.log(`memory, most during ${CLIENTS} uploads of 100 MB at once: ${most.toFixed(0)} MiB`);
    console.log(`the uploads took ${seconds.toFixed(1)} s: ${throughput.toFixed(0)} MB/s`);
  } finally {
    await program.stop();
  }
});
