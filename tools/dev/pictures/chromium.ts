import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findProgram } from '@relay/dev-servers';
import { execa } from 'execa';

import { UsageError } from '../../kit/usage.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** @throws UsageError where there is neither Chromium nor Chrome */
export async function findBrowser(given: string | undefined): Promise<string> {
  if (given) return given;
  for (const name of NAMES) {
    const found = await findProgram(name);
    if (found) return found;
  }
  throw new UsageError(`None of ${NAMES.join(', ')} is on the PATH: set CHROME to one`);
}

/** Has a browser draw a page, and writes what it shows as a PNG. */
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
      // It shows a page of our own, and as root there is no sandbox to be had.
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
