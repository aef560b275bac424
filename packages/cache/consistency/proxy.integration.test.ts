import { once } from 'node:events';
import {
  createConnection,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { openLink, type Link } from './proxy.ts';

/** Answers each line with its name and the line. */
async function startEcho(name: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => socket.write(`${name} ${chunk.toString()}`));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const portOf = (server: Server) => (server.address() as AddressInfo).port;

async function connect(link: Link): Promise<Socket> {
  const socket = createConnection({ port: link.port, host: '127.0.0.1' });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Unlike `once`, does not take the reset of a connection for a failure of the test. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.on('close', () => resolve()));
}

async function say(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  return chunk.toString();
}

describe('a link', () => {
  let one: Server;
  let two: Server;
  let link: Link;

  beforeEach(async () => {
    [one, two] = await Promise.all([startEcho('one'), startEcho('two')]);
    link = await openLink(portOf(one));
  });

  afterEach(async () => {
    await link.close();
    one.close();
    two.close();
  });

  it('passes both ways', async () => {
    expect(await say(await connect(link), 'hello')).toBe('one hello');
  });

  it('ends connections and refuses new ones while it is cut', async () => {
    const socket = await connect(link);
    await say(socket, 'hello');
    link.cut();
    await closed(socket);
    await closed(await connect(link));
    link.heal();
    expect(await say(await connect(link), 'again')).toBe('one again');
  });

  it('swallows everything while it is silent, and ends such connections when it heals', async () => {
    const socket = await connect(link);
    await say(socket, 'hello');
    link.silence();
    let received = '';
    socket.on('data', (chunk) => (received += chunk.toString()));
    socket.write('lost');
    link.heal();
    await closed(socket);
    expect(received).toBe('');
  });

  it('delays packets and keeps their order, even with different delays', async () => {
    const texts = Array.from({ length: 60 }, (_, n) => `${n};`);
    let packets = 0;
    link.delay(() => ((packets += 1) * 7) % 5);
    const socket = await connect(link);
    socket.setNoDelay(true);
    let received = '';
    const all = new Promise<void>((resolve) => {
      socket.on('data', (chunk) => {
        received += chunk.toString().replaceAll('one ', '');
        if (received.length === texts.join('').length) resolve();
      });
    });
    for (const text of texts) {
      socket.write(text);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    await all;
    expect(received).toBe(texts.join(''));
  });

  it('leads to another server after retarget', async () => {
    const socket = await connect(link);
    await say(socket, 'hello');
    link.retarget(portOf(two));
    await closed(socket);
    expect(await say(await connect(link), 'hello')).toBe('two hello');
  });
});
