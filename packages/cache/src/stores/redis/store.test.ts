import { Cluster } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';

import { CacheUsageError } from '../../errors.ts';
import { createRedisStore } from './store.ts';

const open: { disconnect(): void }[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});

function createCluster(scaleReads?: 'master' | 'slave' | 'all') {
  const client = new Cluster([{ host: 'node-1', port: 6379 }], {
    lazyConnect: true,
    ...(scaleReads && { scaleReads }),
  });
  open.push(client);
  return client;
}

// No connection is made: every client here is lazy.
describe('a Redis store over a Cluster client of the caller', () => {
  it.each(['slave', 'all'] as const)('refuses a client with scaleReads %s', (scaleReads) => {
    expect(() => createRedisStore({ client: createCluster(scaleReads) })).toThrow(CacheUsageError);
  });

  it.each(['master', undefined] as const)(
    'takes a client with scaleReads %s',
    async (scaleReads) => {
      const store = createRedisStore({ client: createCluster(scaleReads) });
      await expect(store.close()).resolves.toBeUndefined();
    },
  );
});
