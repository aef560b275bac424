import { request } from 'node:http';

import { Router } from '@koa/router';
import { beforeAll, expect, test } from 'vitest';

import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { noopRequestObserver } from '../testing/noop-request-observer.ts';
import { createHttpApp } from './app.ts';
import { sameOrigin } from './same-origin.ts';

let url: string;

beforeAll(async () => {
  const router = new Router();
  router.post('/', sameOrigin(), (ctx) => {
    ctx.status = 204;
  });
  const app = createHttpApp({
    settings: { trustedHops: 0, bodyLimitBytes: 1, corsOrigins: [] },
    log: captureLog().log,
    observer: noopRequestObserver,
    router,
  });
  url = await listenForTests(app.callback());
});

/** The status of a POST with these headers; `fetch` would not send all of them. */
function statusOf(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    sent.on('error', reject).end();
  });
}

const HOST = 'relay.example:8443';
const OWN = `https://${HOST}`;

test.each([
  ['a page of the origin', { 'Sec-Fetch-Site': 'same-origin' }],
  ['the user', { 'Sec-Fetch-Site': 'none' }],
  ['a page of the origin, behind a proxy', { 'Sec-Fetch-Site': 'same-origin', Origin: 'x:' }],
  ['a page of the origin, without fetch metadata', { Origin: OWN }],
  ['a page over plain HTTP', { Origin: `http://${HOST}` }],
  ['a page of a host in capitals', { Origin: OWN, Host: HOST.toUpperCase() }],
  ['a page at the default port', { Origin: 'https://relay.example', Host: 'relay.example' }],
])('accepts a request of %s', async (_name, headers) => {
  expect(await statusOf({ Host: HOST, ...headers })).toBe(204);
});

test.each([
  ['another site', { 'Sec-Fetch-Site': 'cross-site', Origin: 'https://evil.example' }],
  ['another origin of the site', { 'Sec-Fetch-Site': 'same-site', Origin: OWN }],
  ['an unknown relation', { 'Sec-Fetch-Site': 'other', Origin: OWN }],
  ['another host, without fetch metadata', { Origin: 'https://evil.example' }],
  ['another port', { Origin: 'https://relay.example' }],
  ['a subdomain', { Origin: `https://x.${HOST}` }],
  ['an opaque origin', { Origin: 'null' }],
  ['a malformed origin', { Origin: HOST }],
  [
    'a forged forwarded host',
    { Origin: 'https://evil.example', 'X-Forwarded-Host': 'evil.example' },
  ],
  ['no browser', {}],
])('rejects a request of %s', async (_name, headers) => {
  expect(await statusOf({ Host: HOST, ...headers })).toBe(403);
});
