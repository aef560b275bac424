import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { Router } from '@koa/router';
import { afterEach, expect, test, vi } from 'vitest';

import { createMetrics } from '../metrics/metrics.ts';
import { captureLog } from '../testing/log.ts';
import { seriesOf } from '../testing/metrics-table.ts';
import { createHttpApp } from './app.ts';
import { createHttpServer, HTTP_TIMEOUTS, type HttpTimeouts } from './http-server.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Given {
  handle?: RequestListener;
  timeouts?: Partial<HttpTimeouts>;
}

/** A server in front of an application with one route, `POST /things`. */
async function start({ handle, timeouts }: Given = {}) {
  const { log, lines } = captureLog();
  const { registry, requests: observer } = createMetrics({ service: 'test', version: '1.2.3' });
  const router = new Router();
  router.post('/things', (ctx) => {
    ctx.body = 'done';
  });
  const settings = { trustedHops: 0, bodyLimitBytes: 100, corsOrigins: [] };
  const app = createHttpApp({ settings, log, observer, router });
  const { server } = createHttpServer({
    handle: handle ?? app.callback(),
    log,
    observer,
    timeouts: { ...HTTP_TIMEOUTS, ...timeouts },
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });

  /** A connection on which this was sent. */
  const open = (sent: string) => {
    const socket = connect(port, '127.0.0.1');
    // Cut by the server while it is written to.
    socket.on('error', () => {});
    closing.push(() => socket.destroy());
    if (sent !== '') socket.write(sent);
    return socket;
  };
  return {
    open,
    /** All that is answered on a connection until the server ends it. */
    send: (sent: string) => text(open(sent)),
    logged: (msg: string) => lines().filter((line) => line['msg'] === msg),
    counted: async (labels: string) =>
      seriesOf(await registry.metrics()).get(`http_requests_total{${labels}}`),
  };
}

/** One answer, taken apart. */
function parsed(answer: string) {
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  const [statusLine, ...fields] = head.split('\r\n');
  const headers = new Headers(fields.map((line) => line.split(': ') as [string, string]));
  return { status: Number(statusLine?.split(' ')[1]), headers, problem: JSON.parse(body) };
}

const unmatched = (status: number) => `method="other",route="unmatched",status="${status}"`;

const REFUSED: [what: string, sent: string, status: number, type: string][] = [
  [
    'headers that are too large',
    `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'headers-too-large',
  ],
  ['bytes that are no HTTP', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n', 400, 'invalid'],
  ['a header without a colon', 'GET / HTTP/1.1\r\nHost: a\r\nbroken\r\n\r\n', 400, 'invalid'],
  [
    'two lengths',
    'POST /things HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
    400,
    'invalid',
  ],
  ['a request without Host', 'GET / HTTP/1.1\r\n\r\n', 400, 'invalid'],
  [
    'an unknown expectation',
    'GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n',
    417,
    'expectation-failed',
  ],
  ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n', 405, 'method-not-allowed'],
  ['a method in lower case', 'get /things HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method-not-allowed'],
  ['an unknown method', 'BREW /things HTTP/1.1\r\nHost: a\r\n\r\n', 405, 'method-not-allowed'],
];

test.each(REFUSED)('answers, logs and counts %s', async (_name, sent, status, type) => {
  const { send, logged, counted } = await start();
  const { headers, problem, ...answer } = parsed(await send(sent));
  expect(answer.status).toBe(status);
  expect(problem).toMatchObject({ status, type: `urn:relay:problem:${type}` });
  expect(Object.fromEntries(headers)).toMatchObject({
    'content-type': 'application/problem+json',
    'x-request-id': problem.requestId,
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    connection: 'close',
  });
  expect(headers.has('allow')).toBe(status === 405);
  expect(logged('Request rejected')).toEqual([
    expect.objectContaining({ level: 30, status, requestId: problem.requestId }),
  ]);
  expect(logged('Request')).toEqual([]);
  expect(await counted(unmatched(status))).toBe(1);
});

test('reveals nothing of the request', async () => {
  const { send, logged } = await start();
  const answer = await send('GET /?secret HTTP/1.1\r\nHost: a\r\nsecret\r\n\r\n');
  expect(answer + JSON.stringify(logged('Request rejected'))).not.toContain('secret');
});

test('accepts a request of HTTP/1.0 without Host', async () => {
  const { send } = await start();
  expect(await send('POST /things HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 200 OK.*done$/s);
});

test('accepts a target in absolute form', async () => {
  const { send, logged } = await start();
  const head =
    'POST http://elsewhere:1/things?a=b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  expect(await send(head)).toMatch(/^HTTP\/1\.1 200 OK.*done$/s);
  expect(logged('Request')).toEqual([expect.objectContaining({ path: '/things', status: 200 })]);
});

test('answers the request before a rejected one', async () => {
  const release = Promise.withResolvers<void>();
  const handle: RequestListener = (_request, response) =>
    void release.promise.then(() => response.end('first'));
  const { open, logged, counted } = await start({ handle });
  const socket = open('GET / HTTP/1.1\r\nHost: a\r\n\r\nbroken\r\n\r\n');
  const answers = text(socket);
  release.resolve();
  const [, first, second] = (await answers).split('HTTP/1.1 ');
  expect(first).toMatch(/^200 OK.*first$/s);
  expect(second).toMatch(/^400 Bad Request/);
  expect(logged('Request rejected')).toHaveLength(1);
  expect(await counted(unmatched(400))).toBe(1);
});

test('answers the request before a rejected CONNECT', async () => {
  const release = Promise.withResolvers<void>();
  const handle: RequestListener = (_request, response) =>
    void release.promise.then(() => response.end('first'));
  const { open, logged } = await start({ handle });
  const head = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const answers = text(open(`${head}CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n`));
  release.resolve();
  const [, first, second] = (await answers).split('HTTP/1.1 ');
  expect(first).toMatch(/^200 OK.*first$/s);
  expect(second).toMatch(/^405 /);
  expect(logged('Request rejected')).toHaveLength(1);
});

const SOON: Partial<HttpTimeouts> = { headers: 50, request: 100, checkEvery: 20 };

test('rejects incomplete header fields after the timeout with 408', async () => {
  const { send, logged, counted } = await start({ timeouts: SOON });
  const { status, problem } = parsed(await send('GET / HTTP/1.1\r\nHost: a\r\n'));
  expect([status, problem.type]).toEqual([408, 'urn:relay:problem:request-timeout']);
  expect(logged('Request rejected')).toHaveLength(1);
  expect(await counted(unmatched(408))).toBe(1);
});

const HALF_A_BODY =
  'POST /things HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{';

test('rejects an incomplete body after the timeout with 408, as a request of its route', async () => {
  const { send, logged, counted } = await start({ timeouts: SOON });
  const { status, problem } = parsed(await send(HALF_A_BODY));
  expect([status, problem.type]).toEqual([408, 'urn:relay:problem:request-timeout']);
  await vi.waitFor(() => expect(logged('Request')).toHaveLength(1));
  expect(logged('Request')[0]).toMatchObject({ status: 408, requestId: problem.requestId });
  expect(logged('Request rejected')).toEqual([]);
  expect(await counted('method="POST",route="/things",status="408"')).toBe(1);
});

test('rejects a malformed body with 400, as a request of its route', async () => {
  const { send, logged, counted } = await start();
  const chunked = HALF_A_BODY.replace('Content-Length: 50', 'Transfer-Encoding: chunked');
  const { status } = parsed(await send(chunked.replace('{', 'no chunk\r\n')));
  expect(status).toBe(400);
  await vi.waitFor(() => expect(logged('Request')).toHaveLength(1));
  expect(await counted('method="POST",route="/things",status="400"')).toBe(1);
});

test('responds once if the body continues after the response', async () => {
  const { send, logged } = await start({ timeouts: SOON });
  const tooLarge = HALF_A_BODY.replace('50', '5000');
  const answers = (await send(tooLarge)).split('HTTP/1.1 ');
  expect(answers).toHaveLength(2);
  expect(answers[1]).toMatch(/^413 /);
  expect(logged('Request rejected')).toEqual([]);
});

test('closes a silent connection after the timeout, without a log line', async () => {
  const { send, logged } = await start({ timeouts: SOON });
  expect(await send('')).toBe('');
  expect(logged('Request rejected')).toEqual([]);
});

test('cuts a client that reads nothing of its answer', async () => {
  const closed = Promise.withResolvers<boolean>();
  const handle: RequestListener = (_request, response) => {
    response.once('close', () => closed.resolve(response.writableFinished));
    response.end(Buffer.alloc(64 * 1024 * 1024));
  };
  const { open } = await start({ handle, timeouts: { stalled: 50 } });
  open('GET / HTTP/1.1\r\nHost: a\r\n\r\n').pause();
  expect(await closed.promise).toBe(false);
});

test.each([
  ['does not finish the head', HTTP_TIMEOUTS.headers],
  ['does not finish the body', HTTP_TIMEOUTS.request],
  ['sends nothing more on a kept connection', HTTP_TIMEOUTS.keepAlive],
  ['reads nothing of an answer', HTTP_TIMEOUTS.stalled],
])('operations.md has the timeout of a client that %s', (what, ms) => {
  const document = new URL('../../../../docs/operations.md', import.meta.url);
  const row = readFileSync(document, 'utf8')
    .split('\n')
    .find((line) => line.includes(what));
  expect(row).toContain(`| ${ms / 1000} s `);
});
