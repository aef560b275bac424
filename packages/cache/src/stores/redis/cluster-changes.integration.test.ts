import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { startRedisCluster, type LocalRedisCluster } from '@relay/dev-servers';
import { testRedis } from '@relay/dev-servers/testing';
import type { Redis } from 'ioredis';
import { afterAll, describe, expect, inject, it, vi } from 'vitest';

import type { Cache, Invalidation } from '../../api.ts';
import { createCache } from '../../cache.ts';
import { CacheOutcomeUnknownError, CacheWriteRefusedError } from '../../errors.ts';
import type { Outbox, OutboxDispatch, OutboxRow, Transactor } from '../../protocol/outbox.ts';
import { recordEvents } from '../../testing/recorded-events.ts';
import { connectRedis, nodesAt, testStore } from '../../testing/redis.ts';
import { keySlot } from './key-slot.ts';

const missing = (await testRedis()) === null;
const EVENTUALLY = { timeout: 25_000, interval: 20 };

/** 16 slots with 18 keys each. */
const KEYS = Array.from({ length: 16 * 18 }, (_, n) => `posts:{${n % 16}}:${n}`);
const SLOTS = [...new Set(KEYS.map(keySlot))];

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

describe.skipIf(missing)('with readers and writers at work, a Redis Cluster', () => {
  it('has its slots moved, one after the other: no read is stale, and few go past the cache', async () => {
    const cluster = await startCluster({});
    const nodes = (await Promise.all(cluster.urls.map((url) => connectRedis(url)))) as Redis[];
    const load = await startLoad(cluster);
    await load.isWarm();
    const before = load.counts();
    for (const slot of SLOTS) await moveSlot(slot, nodes);
    const moved = load.counts();
    await load.stop();

    expect(load.stale).toEqual([]);
    expect(load.failures).toEqual([]);
    const [reads, fallbacks] = [moved.reads - before.reads, moved.fallbacks - before.fallbacks];
    expect(moved.hits - before.hits).toBeGreaterThan(reads / 4);
    expect(fallbacks).toBeLessThan(reads / 10);
    expect(load.of('store-down')).toEqual([]);
    await load.settles();
  }, 60_000);

  it('loses a master: no read is stale, and its replica takes over', async () => {
    const cluster = await startCluster({ hasReplicas: true, nodeTimeoutMs: 1000 });
    const load = await startLoad(cluster);
    await load.isWarm();
    const admin = (await connectRedis(cluster.replicas[0]!.url)) as Redis;
    await cluster.nodes[0]!.kill();
    await vi.waitFor(
      async () => expect(await admin.info('replication')).toContain('role:master'),
      EVENTUALLY,
    );
    await load.isWarm();
    // The slots of the lost master are among the ones that are used again.
    expect(await admin.dbsize()).toBeGreaterThan(0);
    await load.stop();

    expect(load.stale).toEqual([]);
    expect(load.failures).toEqual([]);
    await load.settles();
  }, 60_000);
});

type Options = { hasReplicas?: boolean; nodeTimeoutMs?: number };

async function startCluster(options: Options): Promise<LocalRedisCluster> {
  const dir = path.join(inject('testFolder'), `changes-${randomUUID()}`);
  const binary = inject('redisServer')!;
  const cluster = await startRedisCluster({ binary, dir, masters: 3, ...options });
  cleanUps.push(cluster.stop);
  return cluster;
}

/** From its master to the next one, a few keys at a time. */
async function moveSlot(slot: number, nodes: readonly Redis[]): Promise<void> {
  const owner = Math.floor((slot * nodes.length) / 16_384);
  const [from, to] = [nodes[owner]!, nodes[(owner + 1) % nodes.length]!];
  const [fromId, toId] = await Promise.all([from, to].map((node) => node.cluster('MYID')));
  await to.cluster('SETSLOT', slot, 'IMPORTING', fromId!);
  await from.cluster('SETSLOT', slot, 'MIGRATING', toId!);
  let keys: string[];
  while ((keys = await from.cluster('GETKEYSINSLOT', slot, 4)).length > 0) {
    const { port } = to.options;
    await from.call('MIGRATE', '127.0.0.1', String(port), '', '0', '5000', 'KEYS', ...keys);
    await wait(5);
  }
  const others = nodes.filter((node) => node !== to && node !== from);
  for (const node of [to, from, ...others]) await node.cluster('SETSLOT', slot, 'NODE', toId!);
}

type Tx = (() => void)[];
type PendingRows = Map<string, { row: OutboxRow; sinceMs: number }>;

/** Applies rows older than the time their own writer has. A row that fails stays for the next look. */
function applyRows(pending: PendingRows, { apply }: OutboxDispatch): void {
  for (const [id, { row, sinceMs }] of pending) {
    if (performance.now() - sinceMs < 300) continue;
    apply(row).then(
      () => pending.delete(id),
      () => {},
    );
  }
}

function anyKey(): string {
  return KEYS[Math.floor(Math.random() * KEYS.length)]!;
}

/** Posts that are versions, in memory, with an outbox in the same transactions. */
function createDatabase() {
  const versions = new Map<string, number>(KEYS.map((key) => [key, 0]));
  const pending: PendingRows = new Map();
  const db: Transactor<Tx> = {
    async transaction(work) {
      const tx: Tx = [];
      const result = await work(tx);
      for (const change of tx) change();
      return result;
    },
  };
  function outbox(): Outbox<Tx> {
    let timer: NodeJS.Timeout | undefined;
    return {
      async append(tx, row) {
        tx.push(() => pending.set(row.id, { row, sinceMs: performance.now() }));
      },
      markApplied: (id) => void pending.delete(id),
      mayHaveCommitted: () => false,
      start(dispatch) {
        timer = setInterval(() => applyRows(pending, dispatch), 100);
      },
      replay() {},
      close: async () => clearInterval(timer),
    };
  }
  return { versions, pending, db, outbox };
}

/** Two processes that read and write all keys, half of the writes through `mutate`, until stopped. */
async function startLoad(cluster: LocalRedisCluster) {
  const { versions, pending, db, outbox } = createDatabase();
  const acknowledged = new Map<string, number>();
  const { listener, of } = recordEvents();
  const stale: string[] = [];
  const failures: unknown[] = [];
  const counts = { reads: 0, hits: 0, fallbacks: 0, writes: 0, refused: 0 };
  let sequence = 0;
  const stop = new AbortController();

  const caches = await Promise.all(
    [1, 2].map(async () => {
      const client = await connectRedis({ nodes: nodesAt(cluster.urls) });
      const store = testStore({ client, heartbeatMs: 100 });
      const cache = createCache<Tx>({
        store,
        keys: ['posts:{id}'],
        listeners: [listener],
        outbox: outbox(),
        consistency: 'strict',
        operationTimeoutMs: 2000,
        retryMs: 100,
        originConcurrency: 1000,
      });
      cleanUps.push(() => cache.close());
      return cache;
    }),
  );

  async function read(cache: Cache<Tx>, key: string) {
    const floor = acknowledged.get(key) ?? 0;
    const load = async () => {
      const version = versions.get(key);
      await wait(Math.random() * 4);
      return String(version);
    };
    const { bytes, outcome } = await cache.read({ key, ttlSeconds: 300, load });
    if (Number(bytes) < floor) stale.push(`${key}: ${outcome} ${String(bytes)} after ${floor}`);
    counts.reads += 1;
    if (outcome === 'hit') counts.hits += 1;
    if (outcome === 'fallback') counts.fallbacks += 1;
    return outcome;
  }

  async function write(cache: Cache<Tx>, key: string): Promise<void> {
    sequence += 1;
    const version = sequence;
    const commit = () => void versions.set(key, Math.max(versions.get(key)!, version));
    const acknowledge = () =>
      void acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, version));
    counts.writes += 1;
    if (version % 2 === 0) {
      commit();
      const { status }: Invalidation = await cache.invalidate(key);
      if (status === 'applied') acknowledge();
      return;
    }
    try {
      await cache.mutate(db, [key], async (tx) => void tx.push(commit));
      acknowledge();
    } catch (error) {
      const isAllowed =
        error instanceof CacheWriteRefusedError || error instanceof CacheOutcomeUnknownError;
      if (!isAllowed) throw error;
      counts.refused += 1;
    }
  }

  const repeat = async (work: () => Promise<unknown>, pauseMs: number) => {
    while (!stop.signal.aborted) {
      await work().catch((error: unknown) => failures.push(error));
      await wait(pauseMs);
    }
  };
  const workers = caches.flatMap((cache) => [
    ...Array.from({ length: 8 }, () => repeat(() => read(cache, anyKey()), 1)),
    ...Array.from({ length: 2 }, () => repeat(() => write(cache, anyKey()), 8)),
  ]);

  async function allHit(): Promise<void> {
    const outcomes = await Promise.all(KEYS.map((key) => read(caches[0]!, key)));
    expect(outcomes.filter((outcome) => outcome === 'hit').length).toBeGreaterThan(
      stop.signal.aborted ? KEYS.length - 1 : KEYS.length / 2,
    );
  }

  return {
    stale,
    failures,
    of,
    counts: () => ({ ...counts }),
    /** Most keys are cached. */
    isWarm: () => vi.waitFor(allHit, EVENTUALLY),
    async stop() {
      stop.abort();
      await Promise.all(workers);
    },
    /** Every invalidation was applied in the end, and every key is cached at its last version. */
    async settles(): Promise<void> {
      await vi.waitFor(async () => {
        expect(pending.size).toBe(0);
        await allHit();
        for (const key of KEYS) acknowledged.set(key, versions.get(key)!);
        await allHit();
      }, EVENTUALLY);
      expect(stale).toEqual([]);
    },
  };
}
