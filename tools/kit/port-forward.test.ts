import { createServer, type AddressInfo } from 'node:net';

import { afterEach, expect, test } from 'vitest';

import { forwardPort, type Connect, type PodPort, type PortForward } from './port-forward.ts';

const POD: PodPort = { namespace: 'relay', pod: 'first', port: 80 };
const started: PortForward[] = [];

afterEach(async () => {
  for (const forward of started.splice(0)) await forward.close();
});

async function open(
  findTarget: () => Promise<PodPort>,
  connect: Connect = greet,
): Promise<PortForward> {
  const forward = await forwardPort({ port: 0, findTarget, connect });
  started.push(forward);
  return forward;
}

/** Answers any request with the pod's name. */
const greet: Connect = async (socket, { pod }) => {
  socket.once('data', () => {
    socket.end(
      `HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: ${pod.length}\r\n\r\n${pod}`,
    );
  });
};

const get = async ({ port }: PortForward) => (await fetch(`http://127.0.0.1:${port}`)).text();

test('joins a connection with the pod', async () => {
  expect(await get(await open(async () => POD))).toBe('first');
});

test('finds the pod again for each connection, so a replaced pod is not missed', async () => {
  const pods = ['first', 'second'];
  const forward = await open(async () => ({ ...POD, pod: pods.shift()! }));
  expect([await get(forward), await get(forward)]).toEqual(['first', 'second']);
});

test('resets a connection without a pod, and joins the next one', async () => {
  let ready = false;
  const forward = await open(async () => {
    if (!ready) throw new Error('not ready');
    return POD;
  });
  await expect(get(forward)).rejects.toThrow(/fetch failed/);
  ready = true;
  expect(await get(forward)).toBe('first');
});

test('closes while connections are open', async () => {
  const connected = Promise.withResolvers<void>();
  const forward = await forwardPort({
    port: 0,
    findTarget: async () => POD,
    connect: async () => connected.resolve(),
  });
  const answer = get(forward).catch((error: Error) => error.message);
  await connected.promise;
  await forward.close();
  expect(await answer).toBe('fetch failed');
});

test('fails if the port is taken', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const opening = forwardPort({ port, findTarget: async () => POD, connect: greet });
  await expect(opening).rejects.toMatchObject({ code: 'EADDRINUSE' });
  server.close();
});
