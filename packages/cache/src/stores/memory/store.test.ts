import { describe, expect, it } from 'vitest';

import type { CacheStore, NewValue } from '../../protocol/store.ts';
import { describeStoreContract } from '../../testing/store-contract.ts';
import { createMemoryStore } from './store.ts';

const MINUTE = 60_000;
const at = (key: string, tags: string[] = []) => ({ key, tags });

describe('the in-process store keeps the contract', () => {
  describeStoreContract(() => {
    let time = 0;
    return {
      store: createMemoryStore({ now: () => time }),
      async advance(ms) {
        time += ms;
      },
    };
  });
});

describe('the in-process store', () => {
  it('drops the entry that was used longest ago once it is full', async () => {
    const store = createMemoryStore({ maxEntries: 2 });
    await put(store, 'a');
    await put(store, 'b');
    await has(store, 'a');
    await put(store, 'c');
    expect(await has(store, 'a')).toBe(true);
    expect(await has(store, 'b')).toBe(false);
    expect(await has(store, 'c')).toBe(true);
  });

  it('never holds more leases than entries, and refuses the fill of one it dropped', async () => {
    const store = createMemoryStore({ maxEntries: 2 });
    const fills = [];
    for (const key of ['a', 'b', 'c']) fills.push(await leaseAndFill(store, key));
    expect(await fills[0]!()).toBe(false);
    expect(await fills[2]!()).toBe(true);
  });

  it('drops entries, the one used longest ago first, until their bytes fit', async () => {
    const store = createMemoryStore({ maxBytes: 2 });
    for (const key of ['a', 'b', 'c']) await put(store, key);
    expect(await has(store, 'a')).toBe(false);
    expect(await has(store, 'c')).toBe(true);
    expect(await store.info()).toMatchObject({ keyCount: 2, usedMemoryBytes: 2 });
    await store.invalidate({ kind: 'key', key: 'b' });
    expect(await store.info()).toMatchObject({ keyCount: 1, usedMemoryBytes: 1 });
  });

  it('counts only entries that have not expired', async () => {
    let time = 0;
    const store = createMemoryStore({ now: () => time, maxBytes: 100 });
    await put(store, 'a');
    expect(await store.info()).toEqual({ keyCount: 1, usedMemoryBytes: 1, maxMemoryBytes: 100 });
    time = MINUTE;
    expect(await store.info()).toEqual({ keyCount: 0, usedMemoryBytes: 0, maxMemoryBytes: 100 });
  });

  it('keeps a bounded number of tags: the entries of one it dropped are misses', async () => {
    const store = createMemoryStore({ maxEntries: 2 });
    const address = at('a', ['first']);
    const result = await store.lease(address, 'token', MINUTE);
    if (result.state !== 'granted') throw new Error(`the lease is ${result.state}`);
    await store.fill(address, result.lease, valueOf('a'));
    expect(await store.read([address])).not.toEqual([undefined]);
    for (let n = 0; n < 8; n += 1) {
      await store.lease(at('b', [`of ${n}`]), `token ${n}`, MINUTE);
    }
    expect(await store.read([address])).toEqual([undefined]);
  });

  it('uses the clock it was given', () => {
    expect(createMemoryStore({ now: () => 42 }).now()).toBe(42);
  });

  it('is empty once closed', async () => {
    const store = createMemoryStore();
    await put(store, 'a');
    await store.close();
    expect(await has(store, 'a')).toBe(false);
  });
});

async function has(store: CacheStore, key: string): Promise<boolean> {
  const [entry] = await store.read([{ key }]);
  return entry !== undefined;
}

async function leaseAndFill(store: CacheStore, key: string): Promise<() => Promise<boolean>> {
  const result = await store.lease(at(key), `for ${key}`, 1000);
  if (result.state !== 'granted') throw new Error(`the lease is ${result.state}`);
  return () => store.fill(at(key), result.lease, valueOf(key));
}

function valueOf(text: string): NewValue {
  return { bytes: Buffer.from(text), ttlMs: MINUTE, graceMs: 0, loadMs: 1, codec: '1' };
}

async function put(store: CacheStore, key: string): Promise<void> {
  const fill = await leaseAndFill(store, key);
  await fill();
}
