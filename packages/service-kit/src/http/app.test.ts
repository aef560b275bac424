import { request } from 'node:http';

import { Router } from '@koa/router';
import { expect, test } from 'vitest';

import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { noopRequestObserver } from '../testing/noop-request-observer.ts';
import { createHttpApp } from './app.ts';

async function start(corsOrigins: string[] = []): Promise<string> {
  const router = new Router();
  router.get('/things/best', (ctx) => {
    ctx.body = 'best';
  });
  router.get('/things/:id', (ctx) => {
    ctx.body = { id: ctx.params['id'] };
  });
  router.delete('/things/:id', (ctx) => {
    ctx.status = 204;
  });
  const settings = { trustedHops: 0, bodyLimitBytes: 100, corsOrigins };
  const { log } = captureLog();
  return listenForTests(
    createHttpApp({ settings, log, observer: noopRequestObserver, router }).callback(),
  );
}

test('sends security headers that suit an API, with errors too', async () => {
  const url = await start();
  for (const path of ['/things/1', '/nothing']) {
    const { headers } = await fetch(`${url}${path}`);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none';frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.has('x-powered-by')).toBe(false);
  }
});

test('answers an unknown path with 404', async () => {
  const response = await fetch(`${await start()}/nothing?secret=1`);
  expect(response.status).toBe(404);
  expect(await response.json()).toMatchObject({ detail: '/nothing does not answer GET' });
});

test('answers an unsupported method with 405 and the allowed methods', async () => {
  const response = await fetch(`${await start()}/things/1`, { method: 'PATCH' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('HEAD, GET, DELETE');
  expect(await response.json()).toMatchObject({ type: 'urn:relay:problem:method-not-allowed' });
});

test('prefers a path without parameters to a template that matches it', async () => {
  const url = `${await start()}/things/best`;
  expect(await (await fetch(url)).text()).toBe('best');
  for (const [method, status] of [
    ['DELETE', 405],
    ['OPTIONS', 200],
  ] as const) {
    const response = await fetch(url, { method });
    expect(response.status).toBe(status);
    expect(response.headers.get('allow')).toBe('HEAD, GET');
  }
});

test('answers HEAD like GET, without the body', async () => {
  const url = await start();
  const response = await fetch(`${url}/things/1`, { method: 'HEAD' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-length')).toBe('10');
  expect(await response.text()).toBe('');
  expect((await fetch(`${url}/nothing`, { method: 'HEAD' })).status).toBe(404);
});

test('answers OPTIONS with the allowed methods', async () => {
  const response = await fetch(`${await start()}/things/1`, { method: 'OPTIONS' });
  expect(response.status).toBe(200);
  expect(response.headers.get('allow')).toBe('HEAD, GET, DELETE');
});

test('answers an unknown method with 405', async () => {
  const response = await fetch(`${await start()}/things/1`, { method: 'PROPFIND' });
  expect(response.status).toBe(405);
  expect(response.headers.get('allow')).toBe('HEAD, GET, DELETE');
});

test.each(['/things/%E0%A4%A', '/things/%00', '//', '/%', '/things/1//', '*'])(
  'answers the odd path %s without an internal error',
  async (path) => {
    const url = new URL(await start());
    const status = await new Promise<number>((resolve, reject) => {
      const options = { host: url.hostname, port: url.port, path };
      request(options, (response) => resolve(response.statusCode!))
        .on('error', reject)
        .end();
    });
    expect(status).toBeLessThan(500);
  },
);

const PAGE = 'https://app.example';

test('sends no CORS headers without configured origins', async () => {
  const { headers } = await fetch(`${await start()}/things/1`, { headers: { Origin: PAGE } });
  expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

test('allows pages of a listed origin to read responses, errors and exposed headers', async () => {
  const url = await start([PAGE]);
  for (const path of ['/things/1', '/nothing']) {
    const { headers } = await fetch(`${url}${path}`, { headers: { Origin: PAGE } });
    expect(headers.get('access-control-allow-origin')).toBe(PAGE);
    expect(headers.get('access-control-expose-headers')).toContain('X-Cache');
    expect(headers.get('access-control-allow-credentials')).toBeNull();
    expect(headers.get('vary')).toContain('Origin');
  }
});

const preflight = (origin: string) => ({
  method: 'OPTIONS',
  headers: {
    Origin: origin,
    'Access-Control-Request-Method': 'DELETE',
    'Access-Control-Request-Headers': 'authorization,content-type',
  },
});

test('answers the preflight of a listed origin', async () => {
  const response = await fetch(`${await start([PAGE])}/things/1`, preflight(PAGE));
  expect(response.status).toBe(204);
  expect(response.headers.get('access-control-allow-origin')).toBe(PAGE);
  expect(response.headers.get('access-control-allow-methods')).toContain('DELETE');
  expect(response.headers.get('access-control-allow-headers')).toBe('authorization,content-type');
});

test.each(['https://evil.example', `${PAGE}.evil.example`, 'http://app.example', 'null'])(
  'allows nothing to %s, and varies by origin for caches',
  async (origin) => {
    const url = await start([PAGE]);
    for (const options of [{ headers: { Origin: origin } }, preflight(origin)]) {
      const { headers } = await fetch(`${url}/things/1`, options);
      expect(headers.has('access-control-allow-origin')).toBe(false);
      expect(headers.get('vary')).toContain('Origin');
    }
  },
);
