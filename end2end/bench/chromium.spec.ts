// What Chromium itself spends on reading, hashing and sending a file, whoever receives it: the ground on which the
// upload's checksums, part sizes and way of sending were chosen.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { test } from '@playwright/test';
import { randomFile } from '../fixtures/disk.ts';
import { browserSeconds } from '../fixtures/processor.ts';

const MIB = 1024 * 1024;
const LARGE = 256;
const SMALL_FILES = 200;

/** Runs in the page. `part` is what is read or sent at a time, `together` how many at once. */
async function pass([way, part, together]: [string, number, number]): Promise<void> {
  const input = document.querySelector('input');
  const whole = [...(input?.files ?? [])];
  const parts = whole.flatMap((file) =>
    part === 0
      ? [file]
      : Array.from({ length: Math.ceil(file.size / part) }, (_, index) => file.slice(index * part, (index + 1) * part)),
  );
  const fill = async (blob: Blob): Promise<void> => {
    const reader = blob.stream().getReader({ mode: 'byob' });
    let view = new Uint8Array(1024 * 1024);
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(view.buffer));
      if (done || !value) return;
      view = value as Uint8Array<ArrayBuffer>;
    }
  };
  const put = (body: Blob): Promise<void> =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      request.open('PUT', '/');
      request.onloadend = () => resolve();
      request.send(body);
    });
  const ways: Record<string, (blob: Blob) => Promise<unknown>> = {
    'read into fresh memory': (blob) => blob.arrayBuffer(),
    'read into one buffer': fill,
    'read and SHA-256': async (blob) => crypto.subtle.digest('SHA-256', await blob.arrayBuffer()),
    send: put,
  };
  const act = ways[way];
  if (!act) throw new Error(way);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let blob = parts[next++]; blob; blob = parts[next++]) await act(blob);
  };
  await Promise.all(Array.from({ length: together }, worker));
}

test('what a large file and many small ones cost Chromium', async ({ page }, info) => {
  const sink = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.setHeader('content-type', 'text/html').end('<input type="file" multiple>'));
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  try {
    await page.goto(`http://127.0.0.1:${(sink.address() as AddressInfo).port}/`);
    const measure = async (what: string, ...way: [string, number, number]): Promise<void> => {
      const before = await browserSeconds();
      await page.evaluate(pass, way);
      console.log(`${what}: ${((await browserSeconds()) - before).toFixed(2)} s of processor time`);
    };
    const large = info.outputPath('large.bin');
    await randomFile(large, LARGE);
    await page.setInputFiles('input', large);
    await measure(`${LARGE} MiB read into fresh memory, 8 MiB at a time`, 'read into fresh memory', 8 * MIB, 4);
    await measure(`${LARGE} MiB read through one buffer of 1 MiB`, 'read into one buffer', 32 * MIB, 1);
    await measure(`${LARGE} MiB read and hashed with SHA-256, 8 MiB at a time`, 'read and SHA-256', 8 * MIB, 4);
    for (const part of [8, 16, 32, 64]) await measure(`${LARGE} MiB sent in parts of ${part} MiB`, 'send', part * MIB, 5);

    const folder = info.outputPath('small');
    await mkdir(folder);
    const small = Array.from({ length: SMALL_FILES }, (_, index) => path.join(folder, `${index}.bin`));
    for (const file of small) await randomFile(file, 1 / 32);
    await page.setInputFiles('input', small);
    await measure(`${SMALL_FILES} files of 32 KiB sent as slices`, 'send', MIB, 6);
    await measure(`${SMALL_FILES} files of 32 KiB sent as files`, 'send', 0, 6);
  } finally {
    sink.close();
  }
});
