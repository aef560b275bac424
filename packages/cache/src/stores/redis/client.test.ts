import type { Cluster, Redis } from 'ioredis';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { CacheUsageError } from '../../errors.ts';
import { createRedisClient, type ConnectionEvent, type RedisConnection } from './client.ts';
import { dropArguments } from './drop-arguments.ts';

const open: { disconnect(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});

function createRedis(connection: RedisConnection) {
  const client = createRedisClient({ connection });
  open.push(client);
  return client as Redis;
}

function createCluster(connection: RedisConnection) {
  return createRedis(connection) as unknown as Cluster;
}

// No connection is made: every client here is lazy.
describe('a Redis client', () => {
  it('fails fast by default, from a URL and from options', () => {
    for (const connection of [
      'redis://example:6380/2?lazyConnect=true',
      { host: 'example', port: 6380, db: 2, lazyConnect: true },
    ]) {
      expect(createRedis(connection).options).toMatchObject({
        host: 'example',
        port: 6380,
        db: 2,
        enableOfflineQueue: false,
        maxRetriesPerRequest: 0,
        connectTimeout: 1000,
        replyMapping: 'legacy',
      });
    }
  });

  it('takes options of ioredis, which override the defaults', () => {
    const connection = { host: 'example', lazyConnect: true, connectTimeout: 5, username: 'me' };
    expect(createRedis(connection).options).toMatchObject({ connectTimeout: 5, username: 'me' });
  });

  it.each(['redi://example', 'http://example', 'example:6379', '/tmp/redis.sock', ''])(
    'refuses the URL %j, and does not print it: it may have a password',
    (text) => {
      expect(() => createRedis(text)).toThrow(CacheUsageError);
      const secret = `redi://user:secret@example`;
      expect(() => createRedis(secret)).not.toThrow('secret');
    },
  );

  it('passes TLS on, by URL and by options', () => {
    expect(createRedis('rediss://example?lazyConnect=true').options.tls).toBeTruthy();
    const tls = { ca: 'certificate' };
    expect(createRedis({ host: 'example', lazyConnect: true, tls }).options.tls).toEqual(tls);
  });

  it('sends no command of a Cluster again after its connection was lost', () => {
    const { options } = createCluster({
      nodes: [{ host: 'node-1', port: 6379 }],
      options: { lazyConnect: true },
    });
    expect(options).toMatchObject({ retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 });
  });

  it('takes the sentinels of ioredis', () => {
    const sentinels = [
      { host: 'sentinel-1', port: 26_379 },
      { host: 'sentinel-2', port: 26_379 },
    ];
    const { options } = createRedis({
      sentinels,
      name: 'mymaster',
      sentinelPassword: 'secret',
      lazyConnect: true,
    });
    expect(options).toMatchObject({
      sentinels,
      name: 'mymaster',
      role: 'master',
      sentinelPassword: 'secret',
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
    });
    expect(options.sentinelRetryStrategy?.(1)).toBe(50);
  });

  it('takes the nodes and options of a Cluster', () => {
    const { options } = createCluster({
      nodes: [{ host: 'node-1', port: 6379 }],
      options: { lazyConnect: true, redisOptions: { password: 'secret', keyPrefix: 'app:' } },
    });
    expect(options).toMatchObject({
      enableOfflineQueue: false,
      keyPrefix: 'app:',
      redisOptions: { password: 'secret', maxRetriesPerRequest: 0, replyMapping: 'legacy' },
    });
  });

  it('never reads from replicas of a Cluster: they may have invalidated entries', () => {
    const { options } = createCluster({
      nodes: [{ host: 'node-1', port: 6379 }],
      options: { lazyConnect: true, scaleReads: 'slave' },
    });
    expect(options.scaleReads).toBe('master');
  });

  it('looks for Redis more and more seldom, and at least twice a second', () => {
    const { options } = createRedis('redis://example?lazyConnect=true');
    const delays = [1, 2, 3, 4, 5, 100, 2000].map((attempt) => options.retryStrategy?.(attempt));
    expect(delays).toEqual([50, 100, 200, 400, 500, 500, 500]);
  });

  it('leaves a master that has become a replica, and no other server that errs', () => {
    const { reconnectOnError } = createRedis('redis://example?lazyConnect=true').options;
    expect(reconnectOnError?.(new Error("READONLY You can't write against a replica."))).toBe(true);
    expect(reconnectOnError?.(new Error('WRONGTYPE Operation against a key'))).toBe(false);
  });

  it('emits the events of its connection, without the arguments of failed commands', () => {
    const onEvent = vi.fn<(event: ConnectionEvent) => void>();
    const client = createRedisClient({
      connection: { host: 'example', lazyConnect: true },
      onEvent,
    });
    const error = Object.assign(new Error('WRONGPASS'), {
      command: { name: 'auth', args: ['user', 'secret'] },
    });
    client.emit('error', error);
    client.emit('reconnecting', 50);
    client.emit('ready');
    client.emit('close');
    expect(onEvent.mock.calls).toEqual([
      [{ type: 'error', error }],
      [{ type: 'reconnecting', delayMs: 50 }],
      [{ type: 'ready' }],
      [{ type: 'closed' }],
    ]);
    expect(JSON.stringify(onEvent.mock.calls)).not.toContain('secret');
  });
});

describe('an error of ioredis', () => {
  it('loses the arguments of its command, also inside the error of a Cluster', () => {
    const node = Object.assign(new Error('NOAUTH'), {
      command: { name: 'hello', args: ['secret'] },
    });
    const cluster = Object.assign(new Error('Failed to refresh'), { lastNodeError: node });
    expect(dropArguments(cluster)).toBe(cluster);
    expect(node).not.toHaveProperty('command');
  });
});
