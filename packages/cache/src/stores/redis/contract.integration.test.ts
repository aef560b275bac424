import path from 'node:path';

import { findProgram, startRedis, startRedisCluster } from '@relay/dev-servers';
import { testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import { afterAll, describe, inject } from 'vitest';

import type { CacheStore } from '../../protocol/store.ts';
import { ageKeys, connectRedis } from '../../testing/redis.ts';
import { describeStoreContract } from '../../testing/store-contract.ts';
import type { RedisConnection } from './client.ts';
import { createRedisStore } from './store.ts';

const url = await testRedis();
const clusterUrls = testRedisCluster();
/** Where Redis is missing, the shared servers are Valkey already. */
const valkey = await findProgram('valkey-server');
const hasBoth = valkey !== undefined && valkey !== inject('redisServer');

const stores: CacheStore[] = [];
const servers: { stop(): Promise<void> }[] = [];
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await Promise.all(servers.map((server) => server.stop()));
});

function parse(address: string) {
  const { hostname: host, port, pathname } = new URL(address);
  return { host, port: Number(port), db: Number(pathname.slice(1)) };
}

const serverAt = (address: string) => (keyPrefix: string) => ({ ...parse(address), keyPrefix });

const clusterAt = (addresses: readonly string[]) => (keyPrefix: string) => ({
  nodes: addresses.map(parse).map(({ host, port }) => ({ host, port })),
  options: { redisOptions: { keyPrefix } },
});

const forms: {
  name: string;
  missing: boolean;
  start(): Promise<(keyPrefix: string) => RedisConnection>;
}[] = [
  { name: 'one Redis', missing: url === null, start: async () => serverAt(url!) },
  {
    name: 'a Redis Cluster',
    missing: clusterUrls === null,
    start: async () => clusterAt(clusterUrls!),
  },
  {
    name: 'one Valkey',
    missing: !hasBoth,
    async start() {
      const server = await startRedis({ binary: valkey!, dir: folder('valkey') });
      servers.push(server);
      return serverAt(server.url);
    },
  },
  {
    name: 'a Valkey Cluster',
    missing: !hasBoth,
    async start() {
      const options = { binary: valkey!, dir: folder('valkey-cluster'), masters: 3 };
      const cluster = await startRedisCluster(options);
      servers.push(cluster);
      return clusterAt(cluster.urls);
    },
  },
];

describe.each(forms)('over $name', ({ missing, start }) => {
  const started = once(start);
  describe.skipIf(missing).each([
    { named: 'no prefix', keyPrefix: '' },
    { named: 'a prefix', keyPrefix: 'app*1:' },
    { named: 'a prefix with a hash tag', keyPrefix: '{app}:' },
  ])('and $named, the store keeps the contract', ({ keyPrefix }) => {
    // The second client ages keys: the first one would put its prefix before those it is given.
    const connect = once(async () => {
      const connection = await started();
      const store = createRedisStore({ client: await connectRedis(connection(keyPrefix)) });
      stores.push(store);
      return { store, plain: await connectRedis(connection('')) };
    });
    describeStoreContract(async (namespace) => {
      const { store, plain } = await connect();
      return { store, advance: (ms) => ageKeys(plain, namespace, ms) };
    });
  });
});

function folder(name: string): string {
  return path.join(inject('testFolder'), `${name}-${crypto.randomUUID()}`);
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
