import { Router } from '@koa/router';
import { expect, test } from 'vitest';

import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { noopRequestObserver } from '../testing/noop-request-observer.ts';
import { createHttpApp } from './app.ts';

async function addressSeen(trustedHops: number, headers: Record<string, string>): Promise<unknown> {
  const router = new Router();
  router.get('/', (ctx) => {
    ctx.body = { ip: ctx.ip, host: ctx.hostname };
  });
  const settings = { trustedHops, bodyLimitBytes: 1, corsOrigins: [] };
  const { log } = captureLog();
  const app = createHttpApp({ settings, log, observer: noopRequestObserver, router });
  const response = await fetch(await listenForTests(app.callback()), { headers });
  return response.json();
}

test.each([
  { hops: 0, header: undefined, ip: '127.0.0.1', why: 'there is no proxy' },
  { hops: 0, header: '6.6.6.6', ip: '127.0.0.1', why: 'no proxy of ours wrote the header' },
  { hops: 1, header: '203.0.113.7', ip: '203.0.113.7', why: 'our proxy saw the client' },
  { hops: 1, header: '6.6.6.6, 203.0.113.7', ip: '203.0.113.7', why: 'the client wrote the first' },
  {
    hops: 2,
    header: '203.0.113.7, 10.0.0.1',
    ip: '203.0.113.7',
    why: 'two proxies each added one',
  },
  {
    hops: 2,
    header: '6.6.6.6,203.0.113.7,10.0.0.1',
    ip: '203.0.113.7',
    why: 'the rest is made up',
  },
  { hops: 2, header: '6.6.6.6', ip: '127.0.0.1', why: 'the request came past our proxies' },
  { hops: 1, header: undefined, ip: '127.0.0.1', why: 'the proxy was passed by' },
  { hops: 1, header: '6.6.6.6,', ip: '127.0.0.1', why: 'an empty entry is no address' },
  { hops: 1, header: '2001:db8::7', ip: '2001:db8::7', why: 'IPv6 is an address too' },
])('with $hops hops and "$header" it is $ip: $why', async ({ hops, header, ip }) => {
  const headers: Record<string, string> = header === undefined ? {} : { 'X-Forwarded-For': header };
  expect(await addressSeen(hops, headers)).toMatchObject({ ip });
});

test('trusts no other forwarding header', async () => {
  const headers = {
    'X-Forwarded-Host': 'evil.example',
    'X-Real-IP': '6.6.6.6',
    Forwarded: 'for=6.6.6.6',
  };
  expect(await addressSeen(1, headers)).toEqual({ ip: '127.0.0.1', host: '127.0.0.1' });
});
