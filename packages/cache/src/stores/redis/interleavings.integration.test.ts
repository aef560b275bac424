import { testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import { describe, expect, it } from 'vitest';

import { checkNoStaleRead } from '../../testing/random-interleavings.ts';
import { ageKeys, connectRedis, nodesAt, testStore } from '../../testing/redis.ts';
import type { RedisConnection } from './client.ts';

const url = await testRedis();
const clusterUrls = testRedisCluster();

describe.skipIf(url === null)('nothing older than the last acknowledged write is returned', () => {
  it('by a store over one Redis', () => expect(check(url!, 150)).resolves.toBeUndefined());

  it.skipIf(clusterUrls === null)('by a store over a Redis Cluster', () =>
    expect(check({ nodes: nodesAt(clusterUrls!) }, 100)).resolves.toBeUndefined(),
  );
});

async function check(connection: RedisConnection, numRuns: number): Promise<void> {
  const client = await connectRedis(connection);
  const store = testStore({ client });
  await checkNoStaleRead(
    (namespace) => ({ store, advance: (ms) => ageKeys(client, namespace, ms) }),
    { numRuns },
  );
}
