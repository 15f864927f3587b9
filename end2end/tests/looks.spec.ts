// Every page in light and dark, on a desk and on a phone of 360 px: no axe violation, no sideways scroll, and a
// screenshot for people to look at (test-results/…/*.png).
import { writeFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { FilesPage } from '../fixtures/files-page.ts';
import { DESK, look, PHONE } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';

/** 0 is black, 255 white: how bright the page's own background is. */
async function brightness(page: Page): Promise<number> {
  const colour = await page.evaluate(() => {
    const canvas = document.createElement('canvas').getContext('2d');
    if (canvas === null) throw new Error('no canvas');
    canvas.fillStyle = getComputedStyle(document.body).backgroundColor;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
  });
  return colour.reduce((sum, channel) => sum + channel, 0) / 3;
}

for (const scheme of ['light', 'dark'] as const) {
  for (const [device, viewport] of [['desk', DESK], ['phone', PHONE]] as const) {
    test(`pages on a ${device}, ${scheme}`, async ({ page, account, problems }, info) => {
      test.setTimeout(180_000);
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });

      await page.goto('/sign-in');
      if (scheme === 'dark') expect(await brightness(page)).toBeLessThan(80);
      else expect(await brightness(page)).toBeGreaterThan(200);
      await look(page, 'sign-in', info);

      await account.signIn(page);
      const files = new FilesPage(page);
      await files.interactive();
      await look(page, 'empty', info);

      await account.seed([
        ['A name so long that no column and no phone has room for all of it, not even turned on its side.txt', 'long'],
        ['letter.txt', 'Dear Ada,\n\nthe sea is calm.\n'],
        ['pictures/harbour.txt', 'a boat'],
        ['<b>bold & brave</b>.html', '<script>alert(1)</script>'],
        ['emoji 🚢 + 100%.txt', 'ship'],
      ]);
      await files.open();
      await expect(files.row('letter.txt')).toBeVisible();
      await look(page, 'files', info);

      await files.row('letter.txt').click();
      await expect(page.getByRole('complementary', { name: /details/i })).toContainText('the sea is calm');
      await look(page, 'details', info);
      await page.getByRole('button', { name: 'Copy a command' }).click();
      await expect(page.getByRole('menuitem', { name: 'rclone' })).toBeVisible();
      await look(page, 'commands', info);
      await page.keyboard.press('Escape');

      await page.goto('/files/?search=a');
      await files.interactive();
      await expect(page.locator('.hit')).toHaveCount(4);
      await look(page, 'results', info);
      await page.goto('/files/pictures/?search=kraken');
      await files.interactive();
      await look(page, 'nothing-found', info);
      await page.goto('/files/?filter=a');
      await files.interactive();
      await look(page, 'filtered', info);

      await files.open();
      await files.table.focus();
      await page.keyboard.press('Home');
      await page.keyboard.press('Delete');
      await page.getByRole('dialog').getByRole('button', { name: 'Delete 1 folder with 1 file' }).click();
      await expect(page.getByRole('button', { name: 'Undo' })).toBeVisible();
      await look(page, 'undo', info);
      await page.getByRole('button', { name: 'Undo' }).click();
      await expect(files.row('pictures')).toBeVisible();

      await page.getByRole('button', { name: 'New folder' }).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await look(page, 'new-folder', info);
      await page.keyboard.press('Escape');

      // The browser itself remarks on the page's status.
      problems.allow(/status of 404/);
      const small = info.outputPath('small.txt');
      await writeFile(small, 'small');
      await files.pickFiles(small);
      await expect(files.upload('small.txt')).toContainText('Done');
      await look(page, 'uploads', info);

      await page.goto('/nowhere');
      await look(page, 'not-found', info);
    });
  }
}
