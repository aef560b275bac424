import { once } from 'node:events';
import { request } from 'node:http';

import { Router } from '@koa/router';
import { expect, test } from 'vitest';

import type { EndedRequest } from '../metrics/http.ts';
import { createMetrics } from '../metrics/metrics.ts';
import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { createHttpApp } from './app.ts';

const settings = { trustedHops: 0, bodyLimitBytes: 100, corsOrigins: [] };

/** An app, and a function that waits for a number of observed requests. */
async function start() {
  const captured = captureLog();
  const observed: EndedRequest[] = [];
  const { registry, requests } = createMetrics({ service: 'test', version: '1.2.3' });
  const heard = new EventTarget();
  const entered = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();

  const router = new Router();
  router.post('/things/:id', (ctx) => {
    ctx.body = { id: ctx.params['id'] };
  });
  router.get('/slow', async (ctx) => {
    entered.resolve();
    await release.promise;
    ctx.body = 'done';
  });
  const app = createHttpApp({
    settings,
    log: captured.log,
    observer: {
      ...requests,
      ended(one) {
        requests.ended(one);
        observed.push(one);
        heard.dispatchEvent(new Event('one'));
      },
    },
    router,
  });
  const url = await listenForTests(app.callback());
  return {
    url,
    captured,
    observed,
    registry,
    entered: entered.promise,
    release: release.resolve,
    /** The line is written in the same turn as the observation that begins it. */
    async logged(count: number) {
      while (observed.length < count) await once(heard, 'one');
      await Promise.resolve();
      return captured.lines().filter(({ msg }) => msg === 'Request');
    },
  };
}

test('writes one line per request, without parts that may contain a secret', async () => {
  const { url, captured, logged } = await start();
  const response = await fetch(`${url}/things/7?token=query-secret`, {
    method: 'POST',
    body: '{"password":"body-secret"}',
    headers: {
      'Content-Type': 'application/json',
      Authorization: 'Bearer header-secret',
      Cookie: 'a=cookie-secret',
      'User-Agent': 'agent-secret',
    },
  });
  const lines = await logged(1);
  expect(lines).toEqual([
    {
      level: 30,
      time: expect.any(String),
      method: 'POST',
      path: '/things/7',
      status: 200,
      durationMs: expect.any(Number),
      requestId: response.headers.get('x-request-id'),
      msg: 'Request',
    },
  ]);
  expect(captured.text()).not.toContain('secret');
});

test('reports the route template to the observer, never the path', async () => {
  const { url, observed, logged } = await start();
  await fetch(`${url}/things/7`, { method: 'POST' });
  await fetch(`${url}/things/7/secret`);
  await fetch(`${url}/things/7`, { method: 'PROPFIND' });
  await logged(3);
  expect(observed.map(({ method, route, status }) => [method, route, status])).toEqual([
    ['POST', '/things/:id', 200],
    ['other', 'unmatched', 404],
    ['other', 'unmatched', 405],
  ]);
});

test('reports the route of a request with a rejected body', async () => {
  const { url, observed, logged } = await start();
  const headers = { 'Content-Type': 'application/json' };
  await fetch(`${url}/things/7`, { method: 'POST', headers, body: '{' });
  await logged(1);
  expect(observed).toEqual([
    expect.objectContaining({ method: 'POST', route: '/things/:id', status: 400 }),
  ]);
});

test('counts requests and their seconds, and those under way', async () => {
  const { url, registry, entered, release, logged } = await start();
  await fetch(`${url}/things/7`, { method: 'POST' });
  const slow = fetch(`${url}/slow`);
  await entered;
  expect(await registry.metrics()).toContain('http_requests_in_flight 1\n');
  release();
  await slow;
  await logged(2);
  const metrics = await registry.metrics();
  expect(metrics).toContain('http_requests_in_flight 0\n');
  expect(metrics).toContain(
    'http_requests_total{method="POST",route="/things/:id",status="200"} 1\n',
  );
  expect(metrics).toContain(
    'http_request_duration_seconds_count{method="POST",route="/things/:id"} 1\n',
  );
});

test('reports a client that disconnected before the response as 499', async () => {
  const { url, observed, entered, release, logged } = await start();
  const going = request(`${url}/slow`).on('error', () => {});
  going.end();
  await entered;
  going.destroy();
  const lines = await logged(1);
  expect(lines).toEqual([expect.objectContaining({ path: '/slow', status: 499, aborted: true })]);
  expect(observed).toEqual([expect.objectContaining({ route: '/slow', status: 499 })]);
  release();
});

test.each(['abc-123', 'trace:1.2_3', 'x'.repeat(128)])(
  'keeps the id %s that the caller sent',
  async (id) => {
    const { url, logged } = await start();
    const response = await fetch(`${url}/nothing`, { headers: { 'X-Request-Id': id } });
    expect(response.headers.get('x-request-id')).toBe(id);
    expect(await response.json()).toMatchObject({ requestId: id });
    expect(await logged(1)).toEqual([expect.objectContaining({ requestId: id })]);
  },
);

test.each([
  ['a too long one', 'x'.repeat(129)],
  ['one with a quote', 'a"b'],
  ['one with a space', 'a b'],
  ['one with markup', '<script>'],
  ['an empty one', ''],
])('replaces %s', async (_name, id) => {
  const { url } = await start();
  const response = await fetch(`${url}/nothing`, { headers: { 'X-Request-Id': id } });
  expect(response.headers.get('x-request-id')).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
});
