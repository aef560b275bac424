import { randomUUID } from 'node:crypto';

import { beforeEach, expect } from 'vitest';

import type {
  CacheStore,
  Entry,
  EntryAddress,
  Lease,
  LeaseResult,
  NewValue,
} from '../../protocol/store.ts';

/** A store under test. Stores may be shared with other tests: every test keeps to a namespace. */
export interface StoreUnderTest {
  store: CacheStore;
  /** Makes everything in the namespace older, without waiting. */
  advance(ms: number): Promise<void>;
}

/** Called once for each test, with the text that all of its keys and tags begin with. */
export type CreateStore = (namespace: string) => Promise<StoreUnderTest> | StoreUnderTest;

export const MINUTE = 60_000;

export interface Harness {
  readonly store: CacheStore;
  advance(ms: number): Promise<void>;
  /** A key or tag of this test's own. */
  name(text: string): string;
  /** An address of this test's own. */
  at(text: string, more?: Omit<EntryAddress, 'key'>): EntryAddress;
  /** A token, or an id of a fence. */
  id(): string;
  read(address: EntryAddress): Promise<string | undefined>;
  /** Takes the lease, or fails the test. */
  granted(address: EntryAddress, leaseMs?: number): Promise<Lease>;
  state(address: EntryAddress): Promise<LeaseResult['state']>;
  /** Leases and fills, or fails the test. Returns the entry. */
  put(address: EntryAddress, value?: Partial<NewValue>): Promise<Entry>;
}

export function value(text: string, more: Partial<NewValue> = {}): NewValue {
  return {
    bytes: Buffer.from(text),
    ttlMs: 10 * MINUTE,
    graceMs: 0,
    loadMs: 5,
    codec: '1',
    ...more,
  };
}

export function useStore(create: CreateStore): Harness {
  let test: StoreUnderTest;
  let namespace: string;

  beforeEach(async () => {
    namespace = `contract-${randomUUID()}:`;
    test = await create(namespace);
  });

  async function granted(address: EntryAddress, leaseMs = MINUTE): Promise<Lease> {
    const result = await test.store.lease(address, randomUUID(), leaseMs);
    if (result.state !== 'granted') throw new Error(`the lease was not granted: ${result.state}`);
    return result.lease;
  }

  return {
    get store() {
      return test.store;
    },
    advance: (ms) => test.advance(ms),
    name: (text) => namespace + text,
    at: (text, more = {}) => ({ key: namespace + text, ...more }),
    id: () => randomUUID(),
    async read(address) {
      const [entry] = await test.store.read([address]);
      return entry?.bytes.toString();
    },
    granted,
    async state(address) {
      return (await test.store.lease(address, randomUUID(), MINUTE)).state;
    },
    async put(address, more = {}) {
      const lease = await granted(address);
      expect(await test.store.fill(address, lease, value('value', more))).toBe(true);
      const [entry] = await test.store.read([address]);
      if (!entry) throw new Error('the entry was not stored');
      return entry;
    },
  };
}

export function keyTarget({ key }: EntryAddress) {
  return { kind: 'key', key } as const;
}

export function tagTarget(tag: string) {
  return { kind: 'tag', tag } as const;
}
