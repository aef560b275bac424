import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { createServerMetrics } from '@relay/service-kit/metrics/metrics';
import { listenForTests } from '@relay/service-kit/testing/http';
import { captureLog } from '@relay/service-kit/testing/log';
import {
  documentedMetrics,
  exposedMetrics,
  scrape,
} from '@relay/service-kit/testing/metrics-table';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { readPageFiles } from './page-files.ts';
import { PAGE_PATHS } from './page-paths.ts';
import { createWebApp } from './web-app.ts';

const FILES = {
  'index.html': '<!doctype html><title>A page</title>',
  'assets/main-3f9a.js': 'console.log("a page")'.repeat(20),
  'favicon.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
};

let dir = '';
beforeAll(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'relay-page-'));
  await mkdir(path.join(dir, 'assets'));
  for (const [name, text] of Object.entries(FILES)) {
    await writeFile(path.join(dir, name), text);
    await writeFile(path.join(dir, `${name}.br`), brotliCompressSync(text));
    await writeFile(path.join(dir, `${name}.gz`), gzipSync(text));
  }
});
afterAll(() => rm(dir, { recursive: true }));

const config = { TRUSTED_HOPS: 0, BODY_LIMIT_BYTES: 100, CORS_ORIGINS: [] };

async function start({ cacheOutage = false } = {}) {
  const metrics = createServerMetrics({ service: 'web', version: '0.0.0' });
  const files = await readPageFiles(dir);
  const { log } = captureLog();
  const app = createWebApp({ config, log, metrics, files, pageConfig: { cacheOutage } });
  return { url: await listenForTests(app.callback()), metrics };
}

/** A request without the decompression of `fetch`. */
async function get(url: string, headers: Record<string, string> = {}, method = 'GET') {
  const sent = request(url, { method, headers });
  sent.end();
  return new Promise<{ status: number; headers: Record<string, unknown>; bytes: Buffer }>(
    (resolve, reject) => {
      sent.once('error', reject).once('response', async (response) => {
        const bytes = Buffer.concat(await response.toArray());
        resolve({ status: response.statusCode!, headers: response.headers, bytes });
      });
    },
  );
}

test('the document is compared before each use', async () => {
  const { url } = await start();
  const { status, headers, bytes } = await get(`${url}/`);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/html; charset=utf-8',
    'cache-control': 'no-cache',
    vary: 'Accept-Encoding',
  });
  expect(bytes.toString()).toBe(FILES['index.html']);
  const again = await get(`${url}/`, { 'if-none-match': String(headers['etag']) });
  expect(again).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
  expect(again.headers).toMatchObject({ etag: headers['etag'], 'cache-control': 'no-cache' });
  expect((await get(`${url}/`, { 'if-none-match': '"another"' })).status).toBe(200);
});

test('a hashed file is kept for a year', async () => {
  const { url } = await start();
  const { status, headers } = await get(`${url}/assets/main-3f9a.js`);
  expect(status).toBe(200);
  expect(headers).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'cache-control': 'public, max-age=31536000, immutable',
  });
  expect((await get(`${url}/favicon.svg`)).headers).toMatchObject({
    'content-type': 'image/svg+xml',
    'cache-control': 'no-cache',
  });
});

test.each([
  ['gzip, deflate, br, zstd', 'br', brotliCompressSync],
  ['gzip, deflate', 'gzip', gzipSync],
  ['br', 'br', brotliCompressSync],
  ['GZIP', 'gzip', gzipSync],
  ['br;q=0, gzip', 'gzip', gzipSync],
  ['gzip;q=1.0, br;q=0.1', 'gzip', gzipSync],
  ['br; q=0.1, gzip; q=0.5', 'gzip', gzipSync],
  ['gzip;q=0.8, br;q=0.9, deflate', 'br', brotliCompressSync],
  ['*', 'br', brotliCompressSync],
  ['*;q=0.5', 'br', brotliCompressSync],
  ['br;q=0, *', 'gzip', gzipSync],
  ['gzip, *;q=0.1', 'gzip', gzipSync],
  ['identity;q=0, *', 'br', brotliCompressSync],
  ['identity', undefined, Buffer.from],
  ['identity, gzip;q=0.5', undefined, Buffer.from],
  ['br;q=0, gzip;q=0', undefined, Buffer.from],
  ['*;q=0', undefined, Buffer.from],
  ['', undefined, Buffer.from],
  ['zstd', undefined, Buffer.from],
])('for Accept-Encoding: %s the coding is %s', async (accepted, coding, encode) => {
  const { url } = await start();
  const answer = await get(`${url}/assets/main-3f9a.js`, { 'accept-encoding': accepted });
  expect(answer.headers['content-encoding']).toBe(coding);
  expect(answer.headers['vary']).toBe('Accept-Encoding');
  expect(answer.bytes).toEqual(encode(FILES['assets/main-3f9a.js']));
});

test('each coding has an ETag of its own, and a change of the content another', async () => {
  const { url } = await start();
  const etagOf = async (accepted: string) =>
    (await get(`${url}/`, { 'accept-encoding': accepted })).headers['etag'];
  const etags = [await etagOf('br'), await etagOf('gzip'), await etagOf('identity')];
  expect(new Set(etags).size).toBe(3);
  const page = path.join(dir, 'index.html');
  await writeFile(page, 'Another');
  const { url: rebuilt } = await start();
  await writeFile(page, FILES['index.html']);
  expect((await get(rebuilt, { 'if-none-match': String(etags[2]) })).status).toBe(200);
});

test.each(['/', '/top', '/account/sessions', '/assets/main-3f9a.js', '/favicon.svg'])(
  'GET %s has a policy without inline code and other origins',
  async (file) => {
    const { url } = await start();
    const { headers } = await get(`${url}${file}`);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'cross-origin-opener-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
    });
  },
);

test('every path of a view gets the document', async () => {
  const { url } = await start();
  for (const view of PAGE_PATHS) {
    const { status, bytes } = await get(`${url}${view}`);
    expect({ status, text: bytes.toString() }).toEqual({ status: 200, text: FILES['index.html'] });
  }
});

test('a view with a slash at its end is redirected', async () => {
  const { url } = await start();
  const { status, headers } = await get(`${url}/top/`);
  expect({ status, location: headers['location'] }).toEqual({ status: 302, location: '/top' });
});

test('an unknown path gets the document with a 404, never a 304', async () => {
  const { url } = await start();
  const { headers } = await get(`${url}/`);
  for (const unknown of ['/account/sessions', '/nothing', '/health', '/api', '/%']) {
    const { status, bytes } = await get(`${url}${unknown}`, {
      'if-none-match': String(headers['etag']),
    });
    expect({ status, text: bytes.toString() }).toEqual({ status: 404, text: FILES['index.html'] });
  }
});

test.each([
  '/assets/gone-1234.js',
  '/assets/',
  '/assets/gone',
  '/missing.png',
  '/api/unknown',
  '/index.html.br',
  '/..%2f..%2fpackage.json',
])('GET %s is a 404 with a problem document', async (file) => {
  const { url } = await start();
  const { status, headers, bytes } = await get(`${url}${file}`);
  expect({ status, type: headers['content-type'] }).toEqual({
    status: 404,
    type: 'application/problem+json',
  });
  expect(headers['cache-control']).toBe('no-store');
  expect(JSON.parse(bytes.toString())).toMatchObject({ title: 'Not found' });
});

test('HEAD has the headers of GET; other methods are refused', async () => {
  const { url } = await start();
  const accepted = { 'accept-encoding': 'br' };
  const { date: _, ...headers } = (await get(`${url}/`, accepted)).headers;
  const head = await get(`${url}/`, accepted, 'HEAD');
  expect(head).toMatchObject({ status: 200, bytes: Buffer.alloc(0) });
  expect(head.headers).toMatchObject({ etag: headers['etag'], 'content-encoding': 'br' });
  expect((await get(`${url}/`, {}, 'POST')).status).toBe(405);
});

test.each([true, false])('the configuration has the outage button: %s', async (cacheOutage) => {
  const { url } = await start({ cacheOutage });
  const { headers, bytes } = await get(`${url}/config.json`);
  expect(headers).toMatchObject({ 'cache-control': 'no-store' });
  expect(JSON.parse(bytes.toString())).toEqual({ cacheOutage });
});

test('the metrics are exactly the documented ones', async () => {
  const { metrics } = await start();
  expect(exposedMetrics(await scrape(metrics))).toEqual(documentedMetrics('web'));
});

test('no path makes a new series', async () => {
  const { url, metrics } = await start();
  const before = (await metrics.registry.metrics()).match(/^http_requests_total.*\}/gm);
  for (const file of ['/', '/a', '/b/c', '/assets/main-3f9a.js', '/assets/no.js', '/config.json']) {
    await get(`${url}${file}`);
  }
  const after = (await metrics.registry.metrics()).match(/^http_requests_total.*\}/gm);
  expect(after).toEqual(before);
});

test('a folder without a page is an error that names the command', async () => {
  await expect(readPageFiles(path.join(dir, 'missing'))).rejects.toThrow(
    /has no page\. Build it: npm run build --workspace services\/web/,
  );
});
