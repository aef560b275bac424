import { isIP } from 'node:net';

import type { RedisClient } from '@relay/cache/redis';
import { expect, test } from 'vitest';

import { captureLog } from '../testing/log.ts';
import { connectRedis, redisConnection } from './connection.ts';

type Cluster = Extract<RedisClient, { nodes: unknown }>;
type Redis = Exclude<RedisClient, Cluster>;

/** The address to which a cluster client connects for a node with the name `localhost`. */
async function addressOfNode(url: string): Promise<string> {
  const client = connectRedis({ url, cluster: true, log: captureLog().log }) as Cluster;
  client.disconnect();
  return new Promise((resolve) => {
    client.options.dnsLookup!('localhost', (_error, address) => resolve(address));
  });
}

test('a cluster with TLS is reached by the names that its certificates have', async () => {
  expect(await addressOfNode('rediss://cache.invalid:6380')).toBe('localhost');
});

test('a cluster without TLS is reached by addresses', async () => {
  expect(isIP(await addressOfNode('redis://cache.invalid:6379'))).not.toBe(0);
});

test('a Sentinel is queried for the master, with TLS and the password of each', () => {
  const client = connectRedis({
    url: 'rediss://post:p%40ss@sentinel.invalid',
    cluster: false,
    sentinel: { master: 'main', password: 'of-sentinel' },
    log: captureLog().log,
  }) as Redis;
  client.disconnect();
  expect(client.options).toMatchObject({
    sentinels: [{ host: 'sentinel.invalid', port: 26_379 }],
    name: 'main',
    username: 'post',
    password: 'p@ss',
    sentinelPassword: 'of-sentinel',
    tls: {},
    sentinelTLS: {},
    enableTLSForSentinelMode: true,
  });
});

test('a cluster at an IPv6 address is reached there', () => {
  const client = connectRedis({
    url: 'redis://[2001:db8::1]:6380',
    cluster: true,
    log: captureLog().log,
  }) as Cluster;
  client.disconnect();
  const { startupNodes } = client as unknown as { startupNodes: object[] };
  expect(startupNodes).toMatchObject([{ host: '2001:db8::1', port: 6380 }]);
});

test('a Redis Cluster with Sentinels is a wrong configuration', () => {
  expect(() => redisConnection({ REDIS_CLUSTER: true, REDIS_SENTINEL_MASTER: 'main' })).toThrow(
    'REDIS_SENTINEL_MASTER',
  );
  expect(redisConnection({ REDIS_CLUSTER: false, REDIS_SENTINEL_MASTER: 'main' })).toEqual({
    cluster: false,
    sentinel: { master: 'main', password: undefined },
  });
});
