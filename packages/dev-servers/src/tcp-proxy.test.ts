import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { startTcpProxy } from './tcp-proxy.ts';

async function startEcho() {
  const received: string[] = [];
  const server = createServer((socket) => {
    socket.setEncoding('utf8').on('data', (text: string) => {
      received.push(text);
      socket.write(text);
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, received };
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function echo(socket: Socket, text: string): Promise<unknown> {
  const answer = once(socket, 'data');
  socket.write(text);
  return (await answer)[0];
}

test('holds the bytes of open and new connections, and passes them on once released', async () => {
  const server = await startEcho();
  const proxy = await startTcpProxy(server.port);
  onTestFinished(() => proxy.stop());
  const direct = await open(server.port);
  const before = await open(proxy.port);
  expect(await echo(before, 'first')).toBe('first');

  proxy.holdBytes();
  const during = await open(proxy.port);
  const late = [echo(before, 'held'), echo(during, 'held as well')];
  expect(await echo(direct, 'direct')).toBe('direct');
  expect(server.received).toEqual(['first', 'direct']);

  proxy.releaseBytes();
  expect(await Promise.all(late)).toEqual(['held', 'held as well']);
});
