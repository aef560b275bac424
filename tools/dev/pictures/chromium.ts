import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findProgram } from '@relay/dev-servers';
import { execa } from 'execa';

import { UsageError } from '../../kit/cli.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @throws UsageError without Chromium and Chrome */
export async function findBrowser(given: string | undefined): Promise<string> {
  if (given) return given;
  for (const name of NAMES) {
    const found = await findProgram(name);
    if (found) return found;
  }
  throw new UsageError(`None of ${NAMES.join(', ')} is on the PATH: set CHROME to one`);
}

/** Renders a page in a browser, and writes it as a PNG. */
export async function screenshot(
  browser: string,
  html: string,
  size: { width: number; height: number },
  file: string,
): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-pictures-'));
  try {
    const page = path.join(folder, 'page.html');
    await writeFile(page, html);
    await execa(browser, [
      '--headless=new',
      // The page is our own, and root has no sandbox.
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      `--user-data-dir=${path.join(folder, 'profile')}`,
      `--window-size=${size.width},${size.height}`,
      `--screenshot=${path.resolve(file)}`,
      `file://${page}`,
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
