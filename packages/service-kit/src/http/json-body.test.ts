import { request } from 'node:http';
import { text as textOf } from 'node:stream/consumers';
import { brotliCompressSync, gzipSync } from 'node:zlib';

import { Router } from '@koa/router';
import { beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { noopRequestObserver } from '../testing/noop-request-observer.ts';
import { createHttpApp } from './app.ts';
import { jsonBody } from './json-body.ts';
import { parse } from './parse.ts';

const LIMIT_BYTES = 1000;
const schema = z.strictObject({
  name: z.string(),
  tags: z.strictObject({ a: z.string() }).optional(),
});
const captured = captureLog();
let url: string;

beforeAll(async () => {
  const router = new Router();
  router.post('/', (ctx) => {
    ctx.body = parse(schema, ctx.request.body, 'body');
  });
  router.delete('/', (ctx) => {
    ctx.body = { read: ctx.request.body ?? null };
  });
  const readBody = jsonBody({ limitBytes: LIMIT_BYTES, methods: ['DELETE'] });
  router.delete('/with-body', readBody, (ctx) => {
    ctx.body = { read: ctx.request.body };
  });
  const app = createHttpApp({
    settings: { trustedHops: 0, bodyLimitBytes: LIMIT_BYTES, corsOrigins: [] },
    log: captured.log,
    observer: noopRequestObserver,
    router,
  });
  url = await listenForTests(app.callback());
});

const JSON_TYPE = { 'Content-Type': 'application/json' };

async function post(
  body: NonNullable<RequestInit['body']> | null,
  headers: Record<string, string> = JSON_TYPE,
) {
  const response = await fetch(url, { method: 'POST', body, headers });
  const answer = (await response.json()) as { detail?: string; errors?: object[] };
  return { status: response.status, answer };
}

test.each([
  ['JSON', 'application/json'],
  ['JSON with a charset', 'application/json; charset=utf-8'],
  ['JSON in capitals', 'Application/JSON'],
])('reads %s', async (_name, type) => {
  const { status, answer } = await post('{"name":"Zoë 🎉"}', { 'Content-Type': type });
  expect(status).toBe(200);
  expect(answer).toEqual({ name: 'Zoë 🎉' });
});

const named = (bytes: number) => JSON.stringify({ name: 'x'.repeat(bytes - '{"name":""}'.length) });

test('reads a body of exactly the limit', async () => {
  expect((await post(named(LIMIT_BYTES))).status).toBe(200);
});

test('rejects a body beyond the limit, with or without Content-Length', async () => {
  const announced = await post(named(LIMIT_BYTES + 1));
  expect(announced.status).toBe(413);
  expect(announced.answer.detail).toBe('The body exceeds the limit of 1000 bytes');

  const chunked = request(url, { method: 'POST', headers: JSON_TYPE });
  const answered = new Promise<number | undefined>((resolve, reject) => {
    chunked.on('response', (response) => resolve(response.statusCode)).on('error', reject);
  });
  chunked.flushHeaders();
  chunked.end(named(LIMIT_BYTES + 1));
  expect(await answered).toBe(413);
});

test.each([
  ['malformed JSON', '{"name":'],
  ['text after the JSON', '{} {}'],
  ['a bare word', 'hello'],
  ['white space', '  '],
  ['nesting that exhausts the stack', '['.repeat(LIMIT_BYTES)],
  ['UTF-16', Buffer.from('{"name":"x"}', 'utf16le')],
  ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0x6e, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['a truncated UTF-8 sequence', Buffer.from([0x22, 0xe2, 0x82])],
  ['a raw control character', '{"name":"a\u0000b"}'],
  ['a prototype', '{"name":"x","__proto__":{"admin":true}}'],
  ['a prototype further down', '{"name":"x","tags":{"__proto__":{"a":"1"}}}'],
  ['a prototype in disguise', '{"name":"x","\\u005f_proto__":{}}'],
])('rejects %s', async (_name, body) => {
  const { status, answer } = await post(body);
  expect(status).toBe(400);
  expect(answer.detail).toBe('The body is not valid JSON');
});

test.each([
  ['form data', new URLSearchParams({ name: 'x' }), {}],
  ['text', '{"name":"x"}', { 'Content-Type': 'text/plain' }],
  ['another JSON type', '{"name":"x"}', { 'Content-Type': 'application/merge-patch+json' }],
  ['no type', Buffer.from('{"name":"x"}'), {}],
  ['a broken type', '{"name":"x"}', { 'Content-Type': 'json' }],
  ['a small bomb', gzipSync(named(1e6)), { ...JSON_TYPE, 'Content-Encoding': 'gzip' }],
  ['brotli', brotliCompressSync('{}'), { ...JSON_TYPE, 'Content-Encoding': 'br' }],
])('does not read %s', async (_name, body, headers) => {
  expect((await post(body, headers)).status).toBe(415);
});

test.each([
  ['no body', null, {}],
  ['no body of no type', null, JSON_TYPE],
  ['an empty object', '{}', JSON_TYPE],
])('names the missing fields of %s', async (_name, body, headers) => {
  const { status, answer } = await post(body, headers);
  expect(status).toBe(400);
  expect(answer.errors).toEqual([expect.objectContaining({ path: 'name' })]);
});

test.each(['1', '"name"', 'null', 'true', '[]', '[{"name":"x"}]'])(
  'refuses %s where an object is due',
  async (body) => {
    const { status, answer } = await post(body);
    expect(status).toBe(400);
    expect(answer.errors).toEqual([expect.objectContaining({ path: '' })]);
  },
);

test('names unknown fields, however deep', async () => {
  const body = { name: 'x', admin: true, constructor: 1, tags: { a: '1', b: '2' } };
  const { status, answer } = await post(JSON.stringify(body));
  expect(status).toBe(400);
  expect(answer.errors).toEqual([
    { path: 'tags.b', message: 'Unknown field' },
    { path: 'admin', message: 'Unknown field' },
    { path: 'constructor', message: 'Unknown field' },
  ]);
});

test('ignores the body of methods without one', async () => {
  const options = { method: 'DELETE', body: 'not json', headers: { 'Content-Type': 'text/plain' } };
  expect(await (await fetch(url, options)).json()).toEqual({ read: null });
});

test('reads the body of a DELETE where a route requires it', async () => {
  const at = new URL('/with-body', url);
  const send = async (body: string | null) => {
    const response = await fetch(at, { method: 'DELETE', body, headers: JSON_TYPE });
    return (await response.json()) as { read?: unknown; status?: number };
  };
  expect(await send('{"name":"x"}')).toEqual({ read: { name: 'x' } });
  expect(await send(null)).toEqual({ read: {} });
  expect(await send(named(LIMIT_BYTES + 1))).toMatchObject({ status: 413 });
});

test('answers the next request on the connection after a body that was too large', async () => {
  const sent = request(url, { method: 'POST', headers: JSON_TYPE });
  const answered = new Promise<string>((resolve, reject) => {
    sent.on('response', (response) => resolve(textOf(response))).on('error', reject);
  });
  sent.end(named(200_000));
  expect(await answered).toContain('too-large');
  expect((await post('{"name":"x"}')).status).toBe(200);
});

test('logs no body', async () => {
  await post('{"name":"hunter2",');
  expect(captured.text()).not.toContain('hunter2');
});
