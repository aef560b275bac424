import { describe, expect, it } from 'vitest';

import type { CacheStore } from '../../protocol/store.ts';
import { describeStoreContract } from '../../testing/store-contract.ts';
import { createMemoryStore } from './store.ts';

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
    await store.get('a');
    await put(store, 'c');
    expect(await store.get('a')).toBeDefined();
    expect(await store.get('b')).toBeUndefined();
    expect(await store.get('c')).toBeDefined();
  });

  it('never holds more leases than entries, and refuses the fill of one it dropped', async () => {
    const store = createMemoryStore({ maxEntries: 2 });
    for (const key of ['a', 'b', 'c']) await store.lease(key, 'token', 1000);
    expect(await store.fill('a', 'token', Buffer.from('a'), 1000)).toBe(false);
    expect(await store.fill('c', 'token', Buffer.from('c'), 1000)).toBe(true);
  });

  it('drops entries, the one used longest ago first, until their bytes fit', async () => {
    const store = createMemoryStore({ maxBytes: 2 });
    for (const key of ['a', 'b', 'c']) await put(store, key);
    expect(await store.get('a')).toBeUndefined();
    expect(await store.get('c')).toBeDefined();
    expect(await store.info()).toMatchObject({ keyCount: 2, usedMemoryBytes: 2 });
    await put(store, 'c');
    await store.delete('b');
    expect(await store.info()).toMatchObject({ keyCount: 1, usedMemoryBytes: 1 });
  });

  it('counts only what has not expired', async () => {
    let time = 0;
    const store = createMemoryStore({ now: () => time, maxBytes: 100 });
    await put(store, 'a');
    expect(await store.info()).toEqual({ keyCount: 1, usedMemoryBytes: 1, maxMemoryBytes: 100 });
    time = 1000;
    expect(await store.info()).toEqual({ keyCount: 0, usedMemoryBytes: 0, maxMemoryBytes: 100 });
  });

  it('is empty once closed', async () => {
    const store = createMemoryStore();
    await put(store, 'a');
    await store.close();
    expect(await store.get('a')).toBeUndefined();
  });
});

async function put(store: CacheStore, key: string): Promise<void> {
  await store.lease(key, 'token', 1000);
  await store.fill(key, 'token', Buffer.from(key), 1000);
}
