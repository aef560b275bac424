import { Router } from '@koa/router';
import { expect, test } from 'vitest';

import { createHttpApp } from './app.ts';
import { jsonSender } from './send.ts';
import { captureLog, listenForTests, unobserved } from './testing/index.ts';

async function serveJson(json: string): Promise<string> {
  const router = new Router();
  const sendJson = jsonSender();
  router.get('/', (ctx) => sendJson(ctx, Buffer.from(json)));
  const settings = { trustedHops: 0, bodyLimitBytes: 1, corsOrigins: [] };
  const { log } = captureLog();
  return listenForTests(createHttpApp({ settings, log, observer: unobserved, router }).callback());
}

test('sends the bytes as they are, under an ETag of theirs', async () => {
  const response = await fetch(await serveJson('{ "a": 1 }'));
  expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
  expect(await response.text()).toBe('{ "a": 1 }');
  const again = await fetch(await serveJson('{ "a": 1 }'));
  expect(again.headers.get('etag')).toBe(response.headers.get('etag'));
  const other = await fetch(await serveJson('{ "a": 2 }'));
  expect(other.headers.get('etag')).not.toBe(response.headers.get('etag'));
});

test('gives each of alternating bodies its own ETag', async () => {
  const router = new Router();
  const sendJson = jsonSender();
  router.get('/:body', (ctx) => sendJson(ctx, Buffer.from(ctx.params.body!)));
  const settings = { trustedHops: 0, bodyLimitBytes: 1, corsOrigins: [] };
  const { log } = captureLog();
  const app = createHttpApp({ settings, log, observer: unobserved, router });
  const url = await listenForTests(app.callback());
  const etags: (string | null)[] = [];
  for (const body of ['a', 'b', 'a', 'a']) {
    etags.push((await fetch(`${url}/${body}`)).headers.get('etag'));
  }
  const [a, b] = etags;
  expect(a).not.toBe(b);
  expect(etags).toEqual([a, b, a, a]);
});

test('answers 304 without a body to a client that has the bytes', async () => {
  const url = await serveJson('{}');
  const etag = (await fetch(url)).headers.get('etag')!;
  for (const known of [etag, `"other", ${etag}`, `W/${etag}`]) {
    const response = await fetch(url, { headers: { 'If-None-Match': known } });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    expect(response.headers.get('etag')).toBe(etag);
  }
});

test('answers in full to a client that has other bytes', async () => {
  const response = await fetch(await serveJson('{}'), { headers: { 'If-None-Match': '"other"' } });
  expect(response.status).toBe(200);
});
