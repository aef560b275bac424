import { EventEmitter } from 'node:events';

import { describe, expect, it, vi } from 'vitest';

import { createConnection } from './connection.ts';
import type { RedisStoreClient } from './redis-like.ts';

function fakeClient(status: string) {
  const client = Object.assign(new EventEmitter(), {
    status,
    connect: vi.fn<() => Promise<void>>(async () => {}),
    become(next: string) {
      client.status = next;
      client.emit(next);
    },
  });
  return client;
}

function connect(status: string, onFirstReady = async () => {}) {
  const client = fakeClient(status);
  const connection = createConnection(client as unknown as RedisStoreClient, onFirstReady);
  return { client, connection };
}

describe('a connection', () => {
  it('makes the first calls wait until it is ready, and until the server has answered', async () => {
    const asked = Promise.withResolvers<void>();
    const { client, connection } = connect('connecting', () => asked.promise);
    const settled = vi.fn<() => void>();
    const calls = Promise.all([connection.opened(), connection.opened()]).then(settled);
    client.become('ready');
    await Promise.resolve();
    expect(settled).not.toHaveBeenCalled();
    expect(connection.isOpen).toBe(false);
    asked.resolve();
    await calls;
    expect(connection.isOpen).toBe(true);
  });

  it('rejects the first calls once the first attempt has failed, and later ones at once', async () => {
    const { client, connection } = connect('connecting');
    const first = connection.opened();
    client.become('close');
    await expect(first).rejects.toThrow('Redis is not connected');
    client.status = 'reconnecting';
    await expect(connection.opened()).rejects.toThrow('Redis is not connected');
    client.become('ready');
    await connection.opened();
    expect(connection.isOpen).toBe(true);
  });

  it('rejects calls at once after it was lost', async () => {
    const { client, connection } = connect('ready');
    await connection.opened();
    client.become('close');
    expect(connection.isOpen).toBe(false);
    await expect(connection.opened()).rejects.toThrow('Redis is not connected');
  });

  it('connects a lazy client with the first call, not before', async () => {
    const { client, connection } = connect('wait');
    expect(client.connect).not.toHaveBeenCalled();
    const first = connection.opened();
    expect(client.connect).toHaveBeenCalledTimes(1);
    client.become('ready');
    await first;
  });

  it('rejects where the client has ended', async () => {
    const { connection } = connect('end');
    await expect(connection.opened()).rejects.toThrow('Redis is not connected');
  });

  it('leaves no listener behind', async () => {
    const { client, connection } = connect('connecting');
    client.become('ready');
    await connection.opened();
    for (const event of ['ready', 'close', 'end']) expect(client.listenerCount(event)).toBe(0);
  });
});
