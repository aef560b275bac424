import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

import Koa from 'koa';
import { afterEach, describe, expect, it } from 'vitest';

import {
  createCacheResponder,
  setCacheHeaders,
  type Answer,
  type CacheResponderOptions,
} from './responder.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A server that answers each request with the next of these. */
async function serve(answers: Answer[], options?: CacheResponderOptions): Promise<string> {
  const respond = createCacheResponder(options);
  return listen((ctx) => respond(ctx, answers.shift()!, 1.2345));
}

async function listen(middleware: Koa.Middleware): Promise<string> {
  const server = new Koa().use(middleware).listen(0, '127.0.0.1');
  closers.push(() => server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answer = (json: string, outcome: Answer['outcome'] = 'hit'): Answer => ({
  bytes: Buffer.from(json),
  outcome,
});

describe('an answer', () => {
  it('is the bytes as they are, with their type and length', async () => {
    const response = await fetch(await serve([answer('{ "a": "ü" }')]));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('content-length')).toBe('13');
    expect(response.headers.get('cache-control')).toBe('private, no-cache');
    expect(await response.text()).toBe('{ "a": "ü" }');
  });

  it.each(['hit', 'miss', 'stale', 'fallback', 'uncached'] as const)(
    'names its outcome: %s',
    async (outcome) => {
      const { headers } = await fetch(await serve([answer('1', outcome)]));
      expect(headers.get('x-cache')).toBe(outcome.toUpperCase());
      expect(headers.get('server-timing')).toBe(`cache;desc=${outcome.toUpperCase()};dur=1.23`);
    },
  );

  it('has the type and the caching rule that were chosen', async () => {
    const options = { contentType: 'text/csv', cacheControl: 'public, max-age=5' };
    const { headers } = await fetch(await serve([answer('1')], options));
    expect(headers.get('content-type')).toBe('text/csv');
    expect(headers.get('cache-control')).toBe('public, max-age=5');
  });

  it('has no body for HEAD', async () => {
    const response = await fetch(await serve([answer('[]')]), { method: 'HEAD' });
    expect(response.headers.get('content-length')).toBe('2');
    expect(await response.text()).toBe('');
  });
});

describe('the ETag', () => {
  it('is that of the bytes, also where they alternate', async () => {
    const url = await serve(['a', 'b', 'a', 'a'].map((json) => answer(json)));
    const etags: (string | null)[] = [];
    for (let i = 0; i < 4; i += 1) etags.push((await fetch(url)).headers.get('etag'));
    const [a, b] = etags;
    expect(a).not.toBe(b);
    expect(etags).toEqual([a, b, a, a]);
  });

  it.each([
    ['the same', (etag: string) => etag],
    ['one of several', (etag: string) => `"other", ${etag}`],
    ['a weak one', (etag: string) => `W/${etag}`],
    ['any', () => '*'],
  ])('answers 304 without a body to a client that names %s', async (_, headerOf) => {
    const url = await serve([answer('{}'), answer('{}')]);
    const etag = (await fetch(url)).headers.get('etag')!;
    const response = await fetch(url, { headers: { 'If-None-Match': headerOf(etag) } });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    expect(response.headers.get('etag')).toBe(etag);
    expect(response.headers.get('content-type')).toBeNull();
    expect(response.headers.get('x-cache')).toBe('HIT');
  });

  it('answers in full to a client that has other bytes', async () => {
    const url = await serve([answer('{}')]);
    const response = await fetch(url, { headers: { 'If-None-Match': '"other"' } });
    expect(response.status).toBe(200);
  });
});

it('describes a read with an answer of another form', async () => {
  const url = await listen((ctx) => {
    setCacheHeaders(ctx, 'hit');
    ctx.status = 404;
  });
  const response = await fetch(url);
  expect(response.status).toBe(404);
  expect(response.headers.get('x-cache')).toBe('HIT');
  expect(response.headers.get('server-timing')).toBeNull();
});
