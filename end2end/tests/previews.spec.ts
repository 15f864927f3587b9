// Security 28: somebody's file is never executed: not in our origin, not in storage's, not in the preview.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, crc32, deflateSync, gzipSync } from 'node:zlib';
import { Canary } from '../fixtures/canary.ts';
import { FilesPage } from '../fixtures/files-page.ts';
import { expect, test } from '../fixtures/test.ts';
import { shell } from '../fixtures/tools.ts';

const SVG = 'http://www.w3.org/2000/svg';
const XHTML = 'http://www.w3.org/1999/xhtml';

/** Name, type as its uploader claims it, content with the script in it. */
function hostile(script: string): [name: string, type: string, content: string][] {
  const html = `<!doctype html><title>x</title><body><script>${script}</script><img src="x" onerror="${script}">sea</body>`;
  const svg = `<svg xmlns="${SVG}" onload="${script}" width="9" height="9"><script>${script}</script><text>sea</text></svg>`;
  const xml = `<?xml version="1.0"?><x:html xmlns:x="${XHTML}"><x:script>${script}</x:script><x:p>sea</x:p></x:html>`;
  return [
    ['page.html', 'text/html', html],
    ['page.xhtml', 'application/xhtml+xml', xml],
    ['data.xml', 'application/xml', xml],
    ['drawing.svg', 'image/svg+xml', svg],
    ['report.pdf', 'text/html', html],
    ['claims.pdf', 'application/pdf', html],
    ['photo.png', 'image/png', html],
    ['photo-svg.png', 'image/svg+xml', svg],
    ['notes.txt', 'text/html; charset=utf-8', html],
    ['unknown', 'application/octet-stream', html],
    ['upper.HTML', 'TEXT/HTML', html],
    ['feed', 'application/rss+xml', xml],
  ];
}

test('security_28 no script of a file runs, in the preview or at its URL', async ({ page, context, account, problems }) => {
  test.setTimeout(120_000);
  const canary = await Canary.start();
  try {
    const cases = hostile(canary.script('sings'));
    await account.seed(cases.map(([name, type, content]) => [name, content, type]));
    await account.signIn(page);
    const files = new FilesPage(page);
    await files.interactive();
    const bare = await context.newPage();
    for (const [name] of cases) {
      // A file that is no image although it says so fails to show, and the browser may remark on that.
      await files.row(name).click();
      await expect(files.details.getByRole('heading', { name })).toBeVisible();
      await expect(files.details.locator('.preview')).not.toContainText('Loading');
      expect(await page.evaluate(() => 'canary' in window), `${name} ran in the page`).toBe(false);

      for (const disposition of ['preview', 'attachment']) {
        const { url } = await account.call<{ url: string }>('POST', '/api/s3/download', {
          key: account.prefix + name,
          disposition,
        });
        const answer = await fetch(url);
        const type = answer.headers.get('content-type') ?? '';
        expect(type, `${name} as ${disposition}`).not.toMatch(/html|svg|xml|javascript/i);
        expect(answer.headers.get('x-content-type-options'), name).toBe('nosniff');
        const shown = answer.headers.get('content-disposition') ?? '';
        expect(shown, `${name} as ${disposition}`).toMatch(disposition === 'attachment' ? /^attachment;/ : /^(inline|attachment);/);
        await answer.arrayBuffer();

        // Type and disposition are what was signed: another wish is another signature.
        for (const [parameter, wish] of [
          ['response-content-type', 'text/html'],
          ['response-content-disposition', 'inline'],
        ] as const) {
          const altered = new URL(url);
          expect(altered.searchParams.has(parameter), `${parameter} is pinned`).toBe(true);
          altered.searchParams.set(parameter, wish);
          expect((await fetch(altered)).status, `${name} with another ${parameter}`).toBe(403);
          altered.searchParams.delete(parameter);
          expect((await fetch(altered)).status, `${name} without ${parameter}`).toBe(403);
        }

        // Straight into a tab, as from a link that somebody sent.
        const saved = bare.waitForEvent('download').catch(() => undefined);
        await bare.goto(url).catch(() => undefined);
        if (shown.startsWith('attachment')) await saved;
        expect(await bare.evaluate(() => 'canary' in window), `${name} ran in a tab`).toBe(false);
      }

      // Through the server, in our own origin, it is a download in a sandbox.
      const streamed = await context.request.get(`/api/s3/object?key=${encodeURIComponent(account.prefix + name)}`);
      expect(streamed.headers()['content-disposition'], name).toMatch(/^attachment;/);
      expect(streamed.headers()['content-security-policy'], name).toContain('sandbox');
      expect(streamed.headers()['x-content-type-options'], name).toBe('nosniff');
    }
    expect(canary.heard, 'scripts that ran').toEqual([]);
  } finally {
    await canary.stop();
  }
  // What the browser asks of every origin that it shows a document of.
  problems.allow(/favicon\.ico/);
});

/** A PNG of one colour: 8 bits a channel, no interlace. */
function png(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const named = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(named));
    return Buffer.concat([length, named, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.alloc(width * 3, 128)]);
  const pixels = deflateSync(Buffer.concat(Array.from({ length: height }, () => row)));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk('IHDR', head), chunk('IDAT', pixels), chunk('IEND', Buffer.alloc(0))]);
}

test('images and texts are shown, straight from storage', async ({ page, account, program }) => {
  const long = 'line of a long text\n'.repeat(20_000);
  await account.seed([
    ['boat.png', png(320, 200), 'image/png'],
    ['letter.txt', 'Dear Ada,\n\tthe sea is <b>calm</b> & blue. 🚢'],
    ['long.txt', long],
    ['table.csv', 'a,b\n1,2\n', 'text/csv'],
    ['empty.txt', ''],
    ['binary.txt', Buffer.from([72, 105, 0, 255, 254])],
    ['program.bin', Buffer.from([1, 2, 3])],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const preview = files.details.locator('.preview');

  await files.row('boat.png').click();
  const image = files.details.getByRole('img', { name: 'Preview of boat.png' });
  await expect
    .poll(() => image.evaluate((image: HTMLImageElement) => [image.naturalWidth, image.naturalHeight]))
    .toEqual([320, 200]);
  expect(new URL((await image.getAttribute('src')) ?? '').origin).toBe(program.storageUrl);

  await files.row('letter.txt').click();
  await expect(preview.locator('pre')).toHaveText('Dear Ada,\n\tthe sea is <b>calm</b> & blue. 🚢', { useInnerText: true });
  await files.row('long.txt').click();
  await expect(preview.locator('.preview-cut')).toHaveText(/^The first 256(\.0)? KiB\. Download it to see all\.$/);
  await files.row('table.csv').click();
  await expect(preview.locator('pre')).toContainText('1,2');
  await files.row('empty.txt').click();
  await expect(preview).toContainText('This file is empty.');
  await files.row('binary.txt').click();
  await expect(preview).toContainText('This file is not text.');
  await files.row('program.bin').click();
  await expect(preview).toContainText('No preview for this kind of file.');
});

test('texts of before Unicode, and of other Unicodes, are read as they were written', async ({ page, account }) => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1');
  const utf16be = (text: string) => Buffer.from(text, 'utf16le').swap16();
  const shiftJis = Buffer.from('93fa967b8cea82cc83658358836782c582b7814282b182ea82cd8365834c8358836783658358836782c582b7814282a882cd82e682a4814290a28a45', 'hex');
  await account.seed([
    ['latin1.txt', latin1('Sehr geehrte Frau M\u00fcller,\nsch\u00f6ne Gr\u00fc\u00dfe aus K\u00f6ln.\n')],
    ['utf16le.txt', Buffer.from('\ufeffM\u00fcller, \u65e5\u672c\u8a9e', 'utf16le')],
    ['utf16be.txt', utf16be('\ufeffM\u00fcller, \u65e5\u672c\u8a9e')],
    ['unmarked.txt', Buffer.from('the sea is calm', 'utf16le')],
    ['shift-jis.txt', shiftJis],
    ['marked.txt', Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from('M\u00fcller')])],
  ]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const preview = files.details.locator('.preview');
  for (const [name, text, encoding] of [
    ['latin1.txt', 'sch\u00f6ne Gr\u00fc\u00dfe aus K\u00f6ln.', 'windows-1252'],
    ['utf16le.txt', 'M\u00fcller, \u65e5\u672c\u8a9e', 'UTF-16LE'],
    ['utf16be.txt', 'M\u00fcller, \u65e5\u672c\u8a9e', 'UTF-16BE'],
    ['unmarked.txt', 'the sea is calm', 'UTF-16LE'],
    ['shift-jis.txt', '\u65e5\u672c\u8a9e\u306e', 'Shift_JIS'],
    ['marked.txt', 'M\u00fcller', undefined],
  ] as const) {
    await files.row(name).click();
    await expect(files.details.getByRole('heading', { name })).toBeVisible();
    await expect(preview.locator('pre')).toContainText(text);
    if (encoding === undefined) await expect(preview).not.toContainText('Read as');
    else await expect(preview).toContainText(`Read as ${encoding}.`);
  }
});

test('a text that is stored compressed is unpacked, or said to be so', async ({ page, account, program, problems }, info) => {
  // What Chromium says of a body that is not what its head says.
  problems.allow(/ERR_CONTENT_DECODING_FAILED/);
  const long = 'line of a long text\n'.repeat(40_000);
  for (const [name, encoding, bytes] of [
    ['short.txt', 'gzip', gzipSync('the sea is calm')],
    ['long.txt', 'gzip', gzipSync(long)],
    ['brotli.txt', 'br', brotliCompressSync('the sea is calm')],
    ['broken.txt', 'gzip', Buffer.from('this is no gzip at all')],
  ] as const) {
    const file = info.outputPath(name);
    await writeFile(file, bytes);
    const target = `s3://forepeak/${account.prefix}${name}`;
    const options = `--content-encoding ${encoding} --content-type text/plain --endpoint-url ${program.storageUrl}`;
    await shell(program, `aws s3 cp ${name} ${target} ${options}`, path.dirname(file));
  }
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  const preview = files.details.locator('.preview');
  for (const name of ['short.txt', 'brotli.txt']) {
    await files.row(name).click();
    await expect(files.details.getByRole('heading', { name })).toBeVisible();
    await expect(preview.locator('pre')).toHaveText('the sea is calm');
    await expect(preview).not.toContainText('The first');
  }
  await files.row('long.txt').click();
  await expect(preview.locator('.preview-cut')).toHaveText(/^The first 256(\.0)? KiB\. Download it to see all\.$/);
  await expect(preview.locator('pre')).toContainText('line of a long text');
  await files.row('broken.txt').click();
  await expect(preview).toContainText('This file is stored compressed (gzip), and could not be unpacked.');
  await expect(files.details.getByText('Content encoding')).toBeVisible();
});

test('an image whose URL ended before it was fetched is asked for again', async ({ page, account, program, problems }) => {
  problems.allow(/403/);
  await account.seed([['boat.png', png(320, 200), 'image/png']]);
  await account.signIn(page);
  const files = new FilesPage(page);
  await files.interactive();
  let asked = 0;
  await page.route(`${program.storageUrl}/**`, async (route) => {
    asked += 1;
    // Storage refuses what was not signed so, as it would what has ended.
    const url = route.request().url();
    await route.continue(asked === 1 ? { url: url.replace('X-Amz-Expires=300', 'X-Amz-Expires=301') } : {});
  });
  await files.row('boat.png').click();
  const image = files.details.getByRole('img', { name: 'Preview of boat.png' });
  await expect.poll(() => image.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(320);
  expect(asked).toBe(2);
});
