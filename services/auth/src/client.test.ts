import { once } from 'node:events';
import { createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { clientOf } from './client.ts';

/** A request that the server has received, and its response, which the client waits for. */
async function receive() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const sent = request({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
  sent.on('error', () => {});
  sent.end();
  const [, res] = (await once(server, 'request')) as [unknown, ServerResponse];
  return { sent, res };
}

test('a client is there while it waits for its answer', async () => {
  const { res } = await receive();
  const client = clientOf({ ip: '203.0.113.7', res, get: () => '' });
  expect(client.address).toBe('203.0.113.7');
  expect(client.disconnected.aborted).toBe(false);
});

test('aborts when the client closes its connection', async () => {
  const { sent, res } = await receive();
  const { disconnected } = clientOf({ ip: '203.0.113.7', res, get: () => '' });
  const aborted = once(disconnected, 'abort');
  sent.destroy();
  await aborted;
  expect(disconnected.aborted).toBe(true);
});

test('is aborted if the connection was closed before', async () => {
  const { sent, res } = await receive();
  sent.destroy();
  await once(res, 'close');
  expect(clientOf({ ip: '203.0.113.7', res, get: () => '' }).disconnected.aborted).toBe(true);
});

test.each([
  ['', null],
  ['A browser', 'A browser'],
  ['x'.repeat(300), 'x'.repeat(200)],
])('the user agent %j is %j', async (header, userAgent) => {
  const { res } = await receive();
  const get = (name: string) => (name === 'User-Agent' ? header : '');
  expect(clientOf({ ip: '203.0.113.7', res, get }).userAgent).toBe(userAgent);
});
