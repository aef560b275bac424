import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { freePort } from '@relay/dev-servers';
import { startTestRedis, testRedis } from '@relay/dev-servers/testing';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';

import { connectRedis, testClient, testStore } from '../../testing/redis.ts';
import { putText, readText } from '../../testing/stored-value.ts';
import { createTestCache } from '../../testing/test-cache.ts';

const missing = (await testRedis()) === null;
const EVENTUALLY = { timeout: 25_000, interval: 20 };

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleanUps.map((cleanUp) => cleanUp())));

describe.skipIf(missing)('through a Sentinel', () => {
  it('the master is found, and the next one after a failover', async () => {
    // Without the wait of 5 s for more replicas that might come.
    const extraArgs = ['--repl-diskless-sync-delay', '0'];
    const first = await startTestRedis({ extraArgs });
    const second = await startTestRedis({ extraArgs });
    const admin = await connectRedis(second.url);
    if ('nodes' in admin) throw new Error('this is one Redis');
    await admin.replicaof('127.0.0.1', String(first.port));
    await vi.waitFor(
      async () => expect(await admin.info('replication')).toContain('master_link_status:up'),
      EVENTUALLY,
    );
    const sentinel = await startSentinel(first.port);

    const client = testClient({ sentinels: [sentinel], name: 'mymaster' });
    const { cache } = createTestCache({
      store: testStore({ client }),
      operationTimeoutMs: 5000,
    });
    const read = async () => {
      const request = { key: 'posts:all', ttlSeconds: 300, load: async () => 'value' };
      return (await cache.read(request)).outcome;
    };
    await vi.waitFor(async () => expect(await read()).toBe('hit'), EVENTUALLY);
    const store = testStore({ client, heartbeatMs: 50 });
    const replaced = vi.fn<() => void>();
    store.onReplaced(replaced);
    await putText(store, { key: 'copied' });
    await vi.waitFor(async () => expect(await admin.get('copied')).toBe('value'), EVENTUALLY);
    expect(await cache.invalidateCache('posts:*')).toEqual({ status: 'applied', removed: 1 });

    const control = await connectRedis({ ...sentinel, enableReadyCheck: false });
    // Sentinel refuses until it has discovered the replica.
    await vi.waitFor(() => control.call('SENTINEL', 'FAILOVER', 'mymaster'), EVENTUALLY);
    await vi.waitFor(
      async () => expect(await admin.info('replication')).toContain('role:master'),
      EVENTUALLY,
    );
    await vi.waitFor(async () => {
      expect(await cache.invalidateCache('posts:*')).toMatchObject({ status: 'applied' });
      expect(await read()).toBe('miss');
      expect(await admin.get('posts:all')).toBe('value');
    }, EVENTUALLY);
    expect(await read()).toBe('hit');
    // The new master has a copy of it, and no record of whether it missed its removal.
    expect(await admin.get('copied')).toBe('value');
    expect(await readText(store, { key: 'copied' })).toBeUndefined();
    expect(replaced).toHaveBeenCalled();
  }, 90_000);
});

async function startSentinel(masterPort: number): Promise<{ host: string; port: number }> {
  const port = await freePort();
  const dir = await mkdtemp(path.join(inject('testFolder'), 'sentinel-'));
  const file = path.join(dir, 'sentinel.conf');
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${dir}`,
    `sentinel monitor mymaster 127.0.0.1 ${masterPort} 1`,
    'sentinel down-after-milliseconds mymaster 2000',
    'sentinel failover-timeout mymaster 5000',
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const child = spawn(inject('redisServer')!, [file, '--sentinel'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  cleanUps.push(async () => {
    child.kill();
    await ended;
  });
  return { host: '127.0.0.1', port };
}
