import { startTestRedis, testRedis, testRedisCluster } from '@relay/dev-servers/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

import { createMetrics } from '../metrics/metrics.ts';
import { captureLog } from '../testing/log.ts';
import { checkRedis, connectRedis } from './connection.ts';

const open: ReturnType<typeof connectRedis>[] = [];
afterEach(() => {
  for (const client of open.splice(0)) client.disconnect();
});

function connect(url: string, options: { cluster?: boolean; commandTimeoutMs?: number } = {}) {
  const captured = captureLog();
  const { registry, redis } = createMetrics({ service: 'test', version: '1.2.3' });
  const watch = redis('test');
  const client = connectRedis({ url, cluster: false, log: captured.log, watch, ...options });
  open.push(client);
  const metric = async (name: string) => {
    const sample = new RegExp(`^redis_connection_${name}\\{client="test"\\} (\\d+)$`, 'm');
    return Number(sample.exec(await registry.metrics())?.[1]);
  };
  return { client, captured, metric };
}

const messages = ({ lines }: ReturnType<typeof captureLog>) => lines().map(({ msg }) => msg);
const LOST = 'Redis connection failed, retrying';
const KEY = 'kit:health';
const UP = { status: 'up' };
const NO_ANSWER = { status: 'down', reason: 'Redis: no response' };
const FOUND = 'Redis connected';

test('a Redis that is not configured is off', async () => {
  expect(await checkRedis(undefined, KEY)).toEqual({ status: 'off' });
});

describe.skipIf((await testRedis()) === null)('with a Redis', () => {
  test('logs each connection and each loss once, and reconnects', async () => {
    const redis = await startTestRedis();
    const { client, captured, metric } = connect(redis.url);
    expect(await metric('up')).toBe(0);
    await vi.waitFor(async () => expect(await checkRedis(client, KEY)).toEqual(UP));
    expect(await metric('up')).toBe(1);
    expect(await metric('reconnects_total')).toBe(0);
    await redis.kill();
    await vi.waitFor(() => expect(messages(captured)).toContain(LOST), 5000);
    expect(await checkRedis(client, KEY)).toEqual(NO_ANSWER);
    let attempts = 0;
    client.on('reconnecting', () => (attempts += 1));
    await vi.waitFor(() => expect(attempts).toBeGreaterThan(2), 5000);
    expect(await metric('up')).toBe(0);
    expect(await metric('reconnects_total')).toBeGreaterThan(2);
    await startTestRedis({ port: redis.port });
    await vi.waitFor(async () => expect(await checkRedis(client, KEY)).toEqual(UP), 5000);
    expect(messages(captured)).toEqual([FOUND, LOST, FOUND]);
    expect(await metric('up')).toBe(1);
  });

  test('a Redis that does not answer is down', async () => {
    const redis = await startTestRedis();
    const { client } = connect(redis.url, { commandTimeoutMs: 100 });
    await vi.waitFor(async () => expect(await checkRedis(client, KEY)).toEqual(UP));
    redis.pause();
    expect(await checkRedis(client, KEY)).toEqual(NO_ANSWER);
    redis.resume();
  });

  test.each([
    ['is full', 'OOM', ['config', 'set', 'maxmemory', '1']],
    ['has become a replica', 'READONLY', ['replicaof', '127.0.0.1', '1']],
    ['no longer permits it', 'NOPERM', ['acl', 'setuser', 'default', '-set']],
  ])('a Redis that %s is down, although PING succeeds', async (_name, code, command) => {
    const redis = await startTestRedis();
    const { client } = connect(redis.url);
    await vi.waitFor(async () => expect(await checkRedis(client, KEY)).toEqual(UP));
    await client.call(command[0]!, ...command.slice(1));
    expect(await client.ping()).toBe('PONG');
    const down = { status: 'down', reason: `Redis: ${code}` };
    expect(await checkRedis(client, KEY)).toEqual(down);
  });

  test('logs no password', async () => {
    const redis = await startTestRedis({ extraArgs: ['--requirepass', 'right-secret'] });
    const { captured } = connect(redis.url.replace('//', '//user:wrong-secret@'));
    await vi.waitFor(() => expect(messages(captured)).toContain(LOST), 5000);
    expect(captured.text()).not.toContain('secret');
  });

  test('finds a cluster through one of its nodes', async () => {
    const [url] = testRedisCluster()!;
    const { client } = connect(url!, { cluster: true });
    await vi.waitFor(async () => expect(await checkRedis(client, KEY)).toEqual(UP), 5000);
  });
});
