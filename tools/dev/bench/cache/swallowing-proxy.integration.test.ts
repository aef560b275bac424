import { createRedisClient } from '@relay/cache/redis';
import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import { expect, it } from 'vitest';

import { within } from './outage-reads.ts';
import { startSwallowingProxy } from './swallowing-proxy.ts';

it.skipIf((await testRedis()) === null)(
  'holds what is sent while it swallows, and forwards it once healed',
  async () => {
    const redis = await startTestRedis();
    const proxy = await startSwallowingProxy(redis.port);
    const client = createRedisClient({ connection: proxy.url });
    try {
      await new Promise((ready) => client.once('ready', ready));
      await client.set('key', 'before');
      proxy.swallow();
      const late = client.get('key');
      expect((await within(100, late)).state).toBe('hung');
      proxy.heal();
      expect(await late).toBe('before');
    } finally {
      client.disconnect();
      await proxy.close();
    }
  },
);
