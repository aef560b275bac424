import { randomUUID } from 'node:crypto';

import { beforeEach, describe, expect, it } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import type { CacheStore } from '../protocol/store.ts';

/** A store under test. Stores may be shared with other tests: every test keeps to a namespace. */
export interface StoreUnderTest {
  store: CacheStore;
  /** Makes everything in the namespace older, without waiting. */
  advance(ms: number): Promise<void>;
}

const MINUTE = 60_000;
const VALUE = Buffer.from('value');

/** Keys that a careless pattern, or a careless choice of hash slot, trips over. */
const ODD_KEYS = [
  '{tag}:of:many',
  'tag:{in}:the:middle',
  'tag:{at}{twice}',
  'an:{unclosed:brace',
  'glob:?',
  'glob:[ab]',
  String.raw`back\slash`,
  'glob:^a-z',
  'space and\nnewline',
  'ünïcödé:日本語:🦊',
];

/**
 * What every `CacheStore` does. `create` is called once for each test with the namespace that all of
 * its keys begin with.
 */
export function describeStoreContract(
  create: (namespace: string) => Promise<StoreUnderTest> | StoreUnderTest,
): void {
  let store: CacheStore;
  let advance: StoreUnderTest['advance'];
  let ns: string;

  beforeEach(async () => {
    ns = `contract-${randomUUID()}:`;
    ({ store, advance } = await create(ns));
  });

  async function put(key: string, bytes: Uint8Array = VALUE, ttlMs = 10 * MINUTE): Promise<void> {
    await store.lease(key, `for ${key}`, MINUTE);
    expect(await store.fill(key, `for ${key}`, bytes, ttlMs)).toBe(true);
  }

  describe('get', () => {
    it('has nothing under a key that was never filled', async () => {
      expect(await store.get(`${ns}a`)).toBeUndefined();
    });

    it('has exactly the bytes that were filled in', async () => {
      const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
      for (const bytes of [everyByte, Buffer.alloc(0), Buffer.alloc(1_000_000, 'x')]) {
        const key = `${ns}${bytes.length}`;
        await put(key, bytes);
        expect((await store.get(key))?.equals(bytes)).toBe(true);
      }
    });

    it('is not affected by what becomes of the buffer that was filled in', async () => {
      const bytes = Buffer.from('before');
      await put(`${ns}a`, bytes);
      bytes.fill('x');
      expect(String(await store.get(`${ns}a`))).toBe('before');
    });

    it('keeps an entry until its time has passed and no longer', async () => {
      await put(`${ns}a`, VALUE, 10 * MINUTE);
      await advance(5 * MINUTE);
      expect(await store.get(`${ns}a`)).toEqual(VALUE);
      await advance(5 * MINUTE);
      expect(await store.get(`${ns}a`)).toBeUndefined();
    });
  });

  describe('lease', () => {
    it('gives its token to the first who asks, and the same one to the next', async () => {
      expect(await store.lease(`${ns}a`, 'first', MINUTE)).toEqual({ token: 'first' });
      expect(await store.lease(`${ns}a`, 'second', MINUTE)).toEqual({ token: 'first' });
    });

    it('gives one token to a thousand who ask at once', async () => {
      const asked = Array.from({ length: 1000 }, (_, n) => store.lease(`${ns}a`, `t${n}`, MINUTE));
      const answers = await Promise.all(asked);
      expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    });

    it('gives the value instead when there is one', async () => {
      await put(`${ns}a`);
      expect(await store.lease(`${ns}a`, 'late', MINUTE)).toEqual({ bytes: VALUE });
    });

    it('gives an empty value as a value', async () => {
      await put(`${ns}a`, Buffer.alloc(0));
      expect(await store.lease(`${ns}a`, 'late', MINUTE)).toEqual({ bytes: Buffer.alloc(0) });
    });

    it('ends, and then goes to whoever asks next', async () => {
      await store.lease(`${ns}a`, 'first', MINUTE);
      await advance(MINUTE);
      expect(await store.lease(`${ns}a`, 'second', MINUTE)).toEqual({ token: 'second' });
    });

    it('is not extended by those who join it', async () => {
      await store.lease(`${ns}a`, 'first', 2 * MINUTE);
      await advance(MINUTE);
      await store.lease(`${ns}a`, 'second', 10 * MINUTE);
      await advance(MINUTE);
      expect(await store.fill(`${ns}a`, 'first', VALUE, MINUTE)).toBe(false);
    });

    it('leaves no entry behind for readers', async () => {
      await store.lease(`${ns}a`, 'first', MINUTE);
      expect(await store.get(`${ns}a`)).toBeUndefined();
    });
  });

  describe('fill', () => {
    it('is refused without a lease', async () => {
      expect(await store.fill(`${ns}a`, 'made up', VALUE, MINUTE)).toBe(false);
      expect(await store.get(`${ns}a`)).toBeUndefined();
    });

    it('is refused with a lease that another holds', async () => {
      await store.lease(`${ns}a`, 'mine', MINUTE);
      expect(await store.fill(`${ns}a`, 'yours', VALUE, MINUTE)).toBe(false);
      expect(await store.get(`${ns}a`)).toBeUndefined();
    });

    it('is refused with the lease of another key', async () => {
      await store.lease(`${ns}a`, 'token', MINUTE);
      expect(await store.fill(`${ns}b`, 'token', VALUE, MINUTE)).toBe(false);
    });

    it('is refused with a lease that has ended', async () => {
      await store.lease(`${ns}a`, 'token', MINUTE);
      await advance(MINUTE);
      expect(await store.fill(`${ns}a`, 'token', VALUE, MINUTE)).toBe(false);
    });

    it('uses the lease up: what arrives twice is stored once', async () => {
      await put(`${ns}a`);
      expect(await store.fill(`${ns}a`, `for ${ns}a`, Buffer.from('again'), MINUTE)).toBe(false);
      expect(await store.get(`${ns}a`)).toEqual(VALUE);
    });

    it('is refused with an old lease when a new one was given after a delete', async () => {
      await store.lease(`${ns}a`, 'old', MINUTE);
      await store.delete(`${ns}a`);
      await store.lease(`${ns}a`, 'new', MINUTE);
      expect(await store.fill(`${ns}a`, 'old', Buffer.from('stale'), MINUTE)).toBe(false);
      expect(await store.fill(`${ns}a`, 'new', VALUE, MINUTE)).toBe(true);
      expect(await store.get(`${ns}a`)).toEqual(VALUE);
    });
  });

  describe('delete', () => {
    it('removes the entry and says whether there was one', async () => {
      await put(`${ns}a`);
      await put(`${ns}b`);
      expect(await store.delete(`${ns}a`)).toBe(true);
      expect(await store.delete(`${ns}a`)).toBe(false);
      expect(await store.get(`${ns}a`)).toBeUndefined();
      expect(await store.get(`${ns}b`)).toEqual(VALUE);
    });

    it('takes the lease away, so that a load under way is not stored', async () => {
      await store.lease(`${ns}a`, 'slow reader', MINUTE);
      expect(await store.delete(`${ns}a`)).toBe(false);
      expect(await store.fill(`${ns}a`, 'slow reader', VALUE, MINUTE)).toBe(false);
      expect(await store.get(`${ns}a`)).toBeUndefined();
    });

    it('says that there was no entry when its time had passed', async () => {
      await put(`${ns}a`, VALUE, MINUTE);
      await advance(MINUTE);
      expect(await store.delete(`${ns}a`)).toBe(false);
    });

    it('takes a pattern for the name that it is', async () => {
      await put(`${ns}a`);
      expect(await store.delete(`${ns}*`)).toBe(false);
      expect(await store.get(`${ns}a`)).toEqual(VALUE);
    });
  });

  describe('deleteMatching', () => {
    it('walks no further once it is told to end', async () => {
      await put(`${ns}a`);
      const signal = AbortSignal.abort(new Error('enough'));
      await expect(store.deleteMatching(`${ns}*`, signal)).rejects.toThrow('enough');
      expect(await store.get(`${ns}a`)).toEqual(VALUE);
    });

    it.each([
      { pattern: '*', removes: ['a:1', 'a:2', 'b:1'] },
      { pattern: 'a:*', removes: ['a:1', 'a:2'] },
      { pattern: '*:1', removes: ['a:1', 'b:1'] },
      { pattern: 'a*1', removes: ['a:1'] },
      { pattern: 'a:1*', removes: ['a:1'] },
      { pattern: 'c*', removes: [] },
    ])('$pattern removes $removes of a:1, a:2 and b:1', async ({ pattern, removes }) => {
      for (const key of ['a:1', 'a:2', 'b:1']) await put(ns + key);
      expect(await store.deleteMatching(ns + pattern)).toBe(removes.length);
      for (const key of ['a:1', 'a:2', 'b:1']) {
        expect({ key, kept: Boolean(await store.get(ns + key)) }).toEqual({
          key,
          kept: !removes.includes(key),
        });
      }
    });

    it.each([
      { pattern: '?*', matches: '?1', not: 'a1' },
      { pattern: '[ab]*', matches: '[ab]1', not: 'a1' },
      { pattern: '[^a]*', matches: '[^a]1', not: 'b1' },
      { pattern: '^*', matches: '^1', not: 'a1' },
      { pattern: String.raw`\a*`, matches: String.raw`\a1`, not: 'a1' },
      { pattern: '.*', matches: '.1', not: 'a1' },
      { pattern: '(a|b)*', matches: '(a|b)1', not: 'a1' },
      { pattern: 'a-c*', matches: 'a-c1', not: 'b1' },
      { pattern: '{a}*', matches: '{a}1', not: 'a1' },
      { pattern: 'A*', matches: 'A1', not: 'a1' },
      { pattern: '日*', matches: '日本', not: '月' },
      { pattern: '🦊*', matches: '🦊1', not: '🐻1' },
    ])('only * is special: $pattern is for $matches and not for $not', async (example) => {
      await put(ns + example.matches);
      await put(ns + example.not);
      expect(await store.deleteMatching(ns + example.pattern)).toBe(1);
      expect(await store.get(ns + example.matches)).toBeUndefined();
      expect(await store.get(ns + example.not)).toEqual(VALUE);
    });

    it('takes away the leases of all keys that match, and leaves the others', async () => {
      for (const key of ['a:1', 'a:{2}', '{a}:3', 'b:1']) await store.lease(ns + key, 't', MINUTE);
      expect(await store.deleteMatching(`${ns}a:*`)).toBe(0);
      expect(await store.deleteMatching(`${ns}{a}:*`)).toBe(0);
      expect(await store.fill(`${ns}a:1`, 't', VALUE, MINUTE)).toBe(false);
      expect(await store.fill(`${ns}a:{2}`, 't', VALUE, MINUTE)).toBe(false);
      expect(await store.fill(`${ns}{a}:3`, 't', VALUE, MINUTE)).toBe(false);
      expect(await store.fill(`${ns}b:1`, 't', VALUE, MINUTE)).toBe(true);
    });

    it('leaves nothing of loads that were under way, whenever their fills arrive', async () => {
      const keys = Array.from({ length: 300 }, (_, n) => `${ns}race:${n}`);
      await Promise.all(keys.map((key) => store.lease(key, 'before', MINUTE)));
      const early = keys.slice(0, 150).map((key) => store.fill(key, 'before', VALUE, MINUTE));
      const removal = store.deleteMatching(`${ns}race:*`);
      const late = keys.slice(150).map((key) => store.fill(key, 'before', VALUE, MINUTE));
      await Promise.all([...early, removal, ...late]);
      const left = await Promise.all(keys.map((key) => store.get(key)));
      expect(left.filter(Boolean)).toEqual([]);
    });

    it('finds all of thousands of entries', async () => {
      const keys = Array.from({ length: 2500 }, (_, n) => `${ns}many:${n}`);
      await Promise.all(keys.map((key) => put(key)));
      expect(await store.deleteMatching(`${ns}many:*`)).toBe(2500);
      const left = await Promise.all(keys.map((key) => store.get(key)));
      expect(left.filter(Boolean)).toEqual([]);
    });

    it('finds an entry that a reader left under a name with the wildcard in it', async () => {
      await put(`${ns}a:*:1`);
      expect(await store.deleteMatching(`${ns}a:*`)).toBe(1);
    });
  });

  describe.each(ODD_KEYS)('the key %j', (odd) => {
    it('can be leased, filled, read and removed, by name and by pattern', async () => {
      const key = ns + odd;
      await put(key);
      await put(`${ns}other`);
      expect(await store.get(key)).toEqual(VALUE);
      expect(await store.delete(key)).toBe(true);
      expect(await store.get(key)).toBeUndefined();
      await put(key);
      expect(await store.deleteMatching(`${key}*`)).toBe(1);
      expect(await store.get(key)).toBeUndefined();
      expect(await store.get(`${ns}other`)).toEqual(VALUE);
    });
  });

  it.each(['a}b', 'a}{b', '{}a', 'a{}{b}'])(
    'refuses the key %s, whose lease could not be put in its slot',
    async (stray) => {
      const key = ns + stray;
      await expect(store.lease(key, 't', MINUTE)).rejects.toThrow(CacheUsageError);
      await expect(store.fill(key, 't', VALUE, MINUTE)).rejects.toThrow(CacheUsageError);
      await expect(store.delete(key)).rejects.toThrow(CacheUsageError);
    },
  );

  it('refuses an empty key', async () => {
    await expect(store.lease('', 't', MINUTE)).rejects.toThrow(CacheUsageError);
  });

  it('answers a ping', async () => {
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('tells how many keys it has, and what they take', async () => {
    await put(`${ns}a`);
    const info = await store.info();
    expect(info.keyCount).toBeGreaterThanOrEqual(1);
    expect(info.usedMemoryBytes).toBeGreaterThanOrEqual(VALUE.length);
    expect(info.maxMemoryBytes === null || info.maxMemoryBytes > 0).toBe(true);
  });
}
