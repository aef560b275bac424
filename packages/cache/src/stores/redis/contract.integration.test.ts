import { testRedis, testRedisCluster } from '@relay/local/testing';
import { afterAll, describe } from 'vitest';

import type { CacheStore } from '../../protocol/store.ts';
import { ageKeys, connectRedis } from '../../testing/redis.ts';
import { describeStoreContract } from '../../testing/store-contract.ts';
import type { RedisConnection } from './client.ts';
import { createRedisStore } from './store.ts';

const url = await testRedis();
const clusterUrls = testRedisCluster();

const stores: CacheStore[] = [];
afterAll(() => Promise.all(stores.map((store) => store.close())));

function parse(address: string) {
  const { hostname: host, port, pathname } = new URL(address);
  return { host, port: Number(port), db: Number(pathname.slice(1)) };
}

const servers: {
  name: string;
  missing: boolean;
  connection(keyPrefix?: string): RedisConnection;
}[] = [
  {
    name: 'one Redis',
    missing: url === null,
    connection: (keyPrefix = '') => ({ ...parse(url!), keyPrefix }),
  },
  {
    name: 'a Redis Cluster',
    missing: clusterUrls === null,
    connection: (keyPrefix = '') => ({
      nodes: clusterUrls!.map(parse).map(({ host, port }) => ({ host, port })),
      options: { redisOptions: { keyPrefix } },
    }),
  },
];

describe.each(servers)('over $name', ({ missing, connection }) => {
  describe.skipIf(missing).each([
    { named: 'no prefix', keyPrefix: '' },
    { named: 'a prefix', keyPrefix: 'app*1:' },
    { named: 'a prefix with a hash tag', keyPrefix: '{app}:' },
  ])('and $named, the store keeps the contract', ({ keyPrefix }) => {
    // The second client ages keys: the first one would put its prefix before those it is given.
    const connect = once(async () => {
      const store = createRedisStore({ client: await connectRedis(connection(keyPrefix)) });
      stores.push(store);
      return { store, plain: await connectRedis(connection()) };
    });
    describeStoreContract(async (namespace) => {
      const { store, plain } = await connect();
      return { store, advance: (ms) => ageKeys(plain, namespace, ms) };
    });
  });
});

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
