import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { buildPage } from './build-page.ts';

const MAX_GZIPPED_BYTES = 60_000;
const MAX_REQUESTS = 6;

let dir = '';
let files: string[] = [];
const read = (file: string) => readFile(path.join(dir, file));

beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'relay-build-'));
  await buildPage(dir);
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(dir, path.join(entry.parentPath, entry.name)));
}, 60_000);
afterAll(() => rm(dir, { recursive: true }));

const plain = () => files.filter((file) => !/\.(br|gz)$/.test(file));

describe('the built page', () => {
  test('is within its budget of bytes', async () => {
    const sizes = await Promise.all(plain().map(async (file) => (await read(`${file}.gz`)).length));
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_GZIPPED_BYTES);
  });

  test('is within its budget of requests, with its configuration', () => {
    expect(plain()).toContain('index.html');
    expect(plain().length + 1).toBeLessThanOrEqual(MAX_REQUESTS);
  });

  test('has every file in each coding', async () => {
    for (const file of plain()) {
      const bytes = await read(file);
      expect(gunzipSync(await read(`${file}.gz`))).toEqual(bytes);
      expect(brotliDecompressSync(await read(`${file}.br`))).toEqual(bytes);
    }
  });

  test('has the hash of its content in the name of each asset', () => {
    const assets = plain().filter((file) => file.startsWith('assets/'));
    expect(assets.length).toBeGreaterThanOrEqual(2);
    for (const asset of assets) expect(asset).toMatch(/-[\w-]{8}\.(js|css)$/);
  });

  test('has no inline code or style in its document, and no file of another origin', async () => {
    const html = (await read('index.html')).toString();
    const scripts = [...html.matchAll(/<script\b[^>]*>([^<]*)/g)];
    expect(scripts.map(([, code]) => code)).toEqual(['', '']);
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:/);
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address!);
    expect(addresses.length).toBeGreaterThanOrEqual(3);
    for (const address of addresses) expect(address).toMatch(/^\/(?!\/)/);
    for (const file of plain().filter((name) => name.endsWith('.css'))) {
      expect((await read(file)).toString()).not.toMatch(/@import|url\(/);
    }
  });
});
