import { createServer, type AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { openTunnel, type Connect, type PodPort, type Tunnel } from './tunnel.ts';

const POD: PodPort = { namespace: 'relay', pod: 'first', port: 80 };
const started: Tunnel[] = [];

afterEach(async () => {
  for (const tunnel of started.splice(0)) await tunnel.close();
});

async function open(findTarget: () => Promise<PodPort>, connect: Connect = greet): Promise<Tunnel> {
  const tunnel = await openTunnel({ port: 0, findTarget, connect });
  started.push(tunnel);
  return tunnel;
}

/** A pod that answers any request with its name. */
const greet: Connect = async (socket, { pod }) => {
  socket.once('data', () => {
    socket.end(
      `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${pod.length}\r\n\r\n${pod}`,
    );
  });
};

const get = async ({ port }: Tunnel) => (await fetch(`http://127.0.0.1:${port}`)).text();

test('passes a connection on to the pod', async () => {
  expect(await get(await open(async () => POD))).toBe('first');
});

test('asks for the pod at each connection, so that one that was replaced is not missed', async () => {
  const pods = ['first', 'second'];
  const tunnel = await open(async () => ({ ...POD, pod: pods.shift()! }));
  expect([await get(tunnel), await get(tunnel)]).toEqual(['first', 'second']);
});

test('cuts a connection for which there is no pod, and goes on with the next', async () => {
  let ready = false;
  const tunnel = await open(async () => {
    if (!ready) throw new Error('not ready');
    return POD;
  });
  await expect(get(tunnel)).rejects.toThrow(/fetch failed/);
  ready = true;
  expect(await get(tunnel)).toBe('first');
});

test('ends with connections still open', async () => {
  const connected = Promise.withResolvers<void>();
  const tunnel = await openTunnel({
    port: 0,
    findTarget: async () => POD,
    connect: async () => connected.resolve(),
  });
  const answer = get(tunnel).catch((error: Error) => error.message);
  await connected.promise;
  await tunnel.close();
  expect(await answer).toBe('fetch failed');
});

test('a port that is taken is an error', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const opening = openTunnel({ port, findTarget: async () => POD, connect: greet });
  await expect(opening).rejects.toMatchObject({ code: 'EADDRINUSE' });
  server.close();
});
