import { setImmediate as turn } from 'node:timers/promises';

import * as fc from 'fast-check';
import { expect, it } from 'vitest';

import type { Cache } from './api.ts';
import { createCache } from './cache.ts';
import { defineKeys, key } from './keys/define-keys.ts';
import type { CacheStore } from './protocol/store.ts';
import { createMemoryStore } from './stores/memory/store.ts';
import { createIdleOutbox } from './testing/idle-outbox.ts';

// Every step that the outside world takes part in (a call of the store, a load, a commit) is a task of
// fast-check's scheduler, which finds the orders: the algorithm itself runs as it is.

const PODS = 2;

/** Calls arrive late, and so do their answers. */
function scheduled(store: CacheStore, scheduler: fc.Scheduler): CacheStore {
  const wrapped = Object.entries(store).map(([name, method]) => {
    if (name === 'now' || name === 'onReplaced' || name === 'close') return [name, method];
    const call = async (...args: unknown[]) => {
      await scheduler.schedule(Promise.resolve(), `${name} sent`);
      const answer = await (method as (...args: unknown[]) => Promise<unknown>)(...args);
      await scheduler.schedule(Promise.resolve(), `${name} answered`);
      return answer;
    };
    return [name, call];
  });
  return Object.fromEntries(wrapped) as CacheStore;
}

interface World {
  pods: { read(): Promise<void>; write(): Promise<void> }[];
  close(): Promise<void>;
}

interface Variant {
  tags?: readonly string[];
  writeThrough?: boolean;
  breakStore?: (store: CacheStore) => CacheStore;
}

/** One value in a database and in front of it a cache in each of several processes. */
function createWorld(scheduler: fc.Scheduler, variant: Variant): World {
  const { tags, writeThrough = false, breakStore = (store) => store } = variant;
  let committed = 0;
  let acknowledged = 0;
  const step = (label: string) => scheduler.schedule(Promise.resolve(), label);
  const keys = defineKeys({
    one: key('one', {
      ...(tags && { tags }),
      load: async () => {
        await step('load begun');
        const version = committed;
        await step('load ended');
        return version;
      },
    }),
  });
  let rowLock = Promise.resolve();
  const db = {
    async transaction<T>(work: (tx: object) => Promise<T>): Promise<T> {
      const { promise: unlocked, resolve: unlock } = Promise.withResolvers<void>();
      const locked = rowLock;
      rowLock = unlocked;
      await locked;
      const result = await work({});
      await step('commit sent');
      committed = result as number;
      unlock();
      await step('commit answered');
      return result;
    },
  };
  const shared = breakStore(createMemoryStore());
  const createPod = () => {
    // Deadlines are not the subject: a task may wait for as long as the scheduler likes.
    const options = { operationTimeoutMs: 60_000, leaseMs: 60_000, fenceMs: 600_000 };
    const cache: Cache<object> = createCache({
      store: scheduled(shared, scheduler),
      keys,
      outbox: createIdleOutbox(),
      ...options,
    });
    const ref = () => {
      if (tags) return { tag: tags[0]! };
      return writeThrough
        ? { writeThrough: keys.one(), value: (version: number) => version }
        : keys.one();
    };
    return {
      cache,
      async read() {
        const atLeast = acknowledged;
        const seen = await cache.get(keys.one());
        expect(seen).toBeGreaterThanOrEqual(atLeast);
      },
      async write() {
        // Under the row's lock, as the next version of a row is.
        const version = await cache.mutate(db, [ref()], async () => committed + 1);
        acknowledged = Math.max(acknowledged, version);
      },
    };
  };
  const pods = Array.from({ length: PODS }, createPod);
  return {
    pods,
    async close() {
      await Promise.all(pods.map(({ cache }) => cache.close()));
    },
  };
}

/** Waits until nothing else runs before the scheduler picks a task, so that it can choose among all of them. */
async function runAll(scheduler: fc.Scheduler, work: Promise<unknown>): Promise<void> {
  let ended = false;
  const end = () => void (ended = true);
  work.then(end, end);
  for (;;) {
    // Reads are sent at the end of a turn.
    await turn();
    await turn();
    if (ended) break;
    if (scheduler.count() > 0) await scheduler.waitOne();
  }
  await work;
}

/** Runs writers and readers in many orders. Rejects with the first in which a read is stale. */
async function tryOrders(variant: Variant, seed: number): Promise<void> {
  const doings = fc.array(
    fc.record({
      pod: fc.nat(PODS - 1),
      doing: fc.constantFrom<('read' | 'write')[]>('read', 'read', 'write'),
    }),
    { minLength: 2, maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(doings, { minLength: 2, maxLength: 4 }),
      async (s, clients) => {
        const world = createWorld(s, variant);
        const run = async (client: (typeof clients)[number]) => {
          for (const { pod, doing } of client) {
            await s.schedule(Promise.resolve(), 'client goes on');
            await world.pods[pod]![doing]();
          }
        };
        try {
          await runAll(s, Promise.all(clients.map(run)));
        } finally {
          await world.close();
        }
      },
    ),
    { numRuns: 60, seed, interruptAfterTimeLimit: 15_000 },
  );
}

it.each<[string, Variant]>([
  ['an entry', {}],
  ['an entry with a tag', { tags: ['group'] }],
  ['an entry that is written through', { writeThrough: true }],
])(
  '%s is never older than an acknowledged write, in any order',
  { timeout: 60_000 },
  async (_, variant) => {
    await expect(tryOrders(variant, 20_261_125)).resolves.toBeUndefined();
  },
);

// The test itself must be able to fail.
it.each<[string, (store: CacheStore) => CacheStore]>([
  [
    'stores every load, even with its lease gone',
    (store) => ({
      ...store,
      async fill(address, lease, value) {
        await store.invalidate({ kind: 'key', key: address.key });
        const again = await store.lease(address, `${lease.token}!`, 60_000);
        return again.state === 'granted' && store.fill(address, again.lease, value);
      },
    }),
  ],
  [
    'invalidates before the commit only',
    (store) => ({
      ...store,
      lift: async () => ({ removed: false, stored: false }),
      fence: async (target) => void (await store.invalidate(target)),
    }),
  ],
])('a store that %s is found out', { timeout: 60_000 }, async (_, breakStore) => {
  await expect(tryOrders({ breakStore }, 1)).rejects.toThrow('Property failed');
});
