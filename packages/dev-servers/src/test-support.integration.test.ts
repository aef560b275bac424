import { Client } from 'pg';
import { describe, expect, it } from 'vitest';

import { redisCommand } from './resp.ts';
import { startTestRedis, testDatabase, testRedis, testRedisCluster } from './test-support.ts';

const redisUrl = await testRedis();

describe('testDatabase', () => {
  it('gives each caller an empty UTF-8 database of its own', async () => {
    const [first, second] = await Promise.all([testDatabase(), testDatabase()]);
    expect(first).not.toBe(second);
    const client = new Client({ connectionString: first });
    await client.connect();
    try {
      const { rows } = await client.query(
        `SELECT current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone,
          (SELECT count(*)::int FROM pg_stat_user_tables) AS tables`,
      );
      expect(rows).toEqual([{ encoding: 'UTF8', zone: 'UTC', tables: 0 }]);
    } finally {
      await client.end();
    }
  });
});

describe.skipIf(redisUrl === null)('with a Redis on this machine', () => {
  it('testRedis gives each caller a database number of its own', async () => {
    expect(await testRedis()).not.toBe(redisUrl);
    expect(redisUrl).toMatch(/^redis:\/\/127\.0\.0\.1:\d+\/\d+$/);
  });

  it('testRedisCluster gives the three masters', () => {
    expect(testRedisCluster()).toHaveLength(3);
  });

  it('startTestRedis gives a server that may be killed, the shared one unharmed', async () => {
    const own = await startTestRedis();
    await own.kill();
    await expect(redisCommand(own.port, ['PING'])).rejects.toThrow('ECONNREFUSED');
    const shared = Number(new URL(redisUrl ?? '').port);
    expect(await redisCommand(shared, ['PING'])).toBe('PONG');
  });
});
