import { expect, it } from 'vitest';

import { parseStamp } from '../../protocol/stamp.ts';
import { keyTarget, MINUTE, useStore, value, type CreateStore } from './harness.ts';

export function describeEntries(create: CreateStore): void {
  const t = useStore(create);

  it('are missing under a key that was never filled', async () => {
    expect(await t.store.read([t.at('a')])).toEqual([undefined]);
  });

  it('are exactly the bytes that were filled in', async () => {
    const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    for (const bytes of [everyByte, Buffer.alloc(0), Buffer.alloc(1_000_000, 'x')]) {
      const entry = await t.put(t.at(String(bytes.length)), { bytes });
      expect(entry.bytes.equals(bytes)).toBe(true);
    }
  });

  it('are taken from any view of bytes', async () => {
    const view = new Uint8Array(Buffer.from('[value]')).subarray(1, 6);
    await t.put(t.at('a'), { bytes: view });
    expect(await t.read(t.at('a'))).toBe('value');
  });

  it('are not affected by later writes to the buffer that was filled in', async () => {
    const bytes = Buffer.from('before');
    await t.put(t.at('a'), { bytes });
    bytes.fill('x');
    expect(await t.read(t.at('a'))).toBe('before');
  });

  it('carry a stamp with the time they expire, the time of their load, and their codec', async () => {
    const before = t.store.now();
    const { stamp } = await t.put(t.at('a'), { ttlMs: MINUTE, loadMs: 7, codec: 'v2+br' });
    expect(parseStamp(stamp)).toMatchObject({ loadMs: 7, codec: 'v2+br', epochs: [] });
    const { expiresAtMs } = parseStamp(stamp)!;
    // The store's clock is known to this process only roughly.
    expect(Math.abs(expiresAtMs - before - MINUTE)).toBeLessThan(MINUTE / 2);
  });

  it('carry another stamp each time they are filled', async () => {
    const first = await t.put(t.at('a'));
    await t.store.invalidate(keyTarget(t.at('a')));
    const second = await t.put(t.at('a'));
    expect(second.stamp).not.toBe(first.stamp);
  });

  it('live until their time has passed and no longer', async () => {
    await t.put(t.at('a'), { ttlMs: 10 * MINUTE });
    await t.advance(5 * MINUTE);
    expect(await t.read(t.at('a'))).toBe('value');
    await t.advance(5 * MINUTE);
    expect(await t.read(t.at('a'))).toBeUndefined();
  });

  it('live no longer for a grace period', async () => {
    await t.put(t.at('a'), { ttlMs: MINUTE, graceMs: MINUTE });
    await t.advance(MINUTE);
    expect(await t.read(t.at('a'))).toBeUndefined();
  });

  it('are read many at a time, in the order of their addresses', async () => {
    await t.put(t.at('a'), { bytes: Buffer.from('A') });
    await t.put(t.at('c', { tags: [t.name('tag')] }), { bytes: Buffer.from('C') });
    const tagged = t.at('c', { tags: [t.name('tag')] });
    const entries = await t.store.read([t.at('a'), t.at('b'), tagged, t.at('a')]);
    expect(entries.map((entry) => entry?.bytes.toString())).toEqual(['A', undefined, 'C', 'A']);
    expect(await t.store.read([])).toEqual([]);
  });

  it('are removed by an invalidation, which reports whether there was one', async () => {
    await t.put(t.at('a'));
    await t.put(t.at('b'));
    expect(await t.store.invalidate(keyTarget(t.at('a')))).toEqual({
      removed: true,
      stored: false,
    });
    expect(await t.store.invalidate(keyTarget(t.at('a')))).toEqual({
      removed: false,
      stored: false,
    });
    expect(await t.read(t.at('a'))).toBeUndefined();
    expect(await t.read(t.at('b'))).toBe('value');
  });

  it('that have expired do not count as removed', async () => {
    await t.put(t.at('a'), { ttlMs: MINUTE, graceMs: MINUTE });
    await t.advance(MINUTE);
    expect(await t.store.invalidate(keyTarget(t.at('a')))).toMatchObject({ removed: false });
  });

  it('are discarded only if they still have the stamp', async () => {
    const old = await t.put(t.at('a'));
    await t.store.invalidate(keyTarget(t.at('a')));
    const current = await t.put(t.at('a'), { graceMs: MINUTE });
    await t.store.discard(t.at('a'), old.stamp);
    expect(await t.read(t.at('a'))).toBe('value');
    await t.store.discard(t.at('a'), current.stamp);
    expect(await t.read(t.at('a'))).toBeUndefined();
    expect(await t.store.lease(t.at('a', { grace: true }), t.id(), MINUTE)).not.toHaveProperty(
      'grace',
    );
  });

  it('are counted, with the memory they take', async () => {
    await t.put(t.at('a'));
    const info = await t.store.info();
    expect(info.keyCount).toBeGreaterThanOrEqual(1);
    expect(info.usedMemoryBytes).toBeGreaterThanOrEqual(value('value').bytes.length);
    expect(info.maxMemoryBytes === null || info.maxMemoryBytes > 0).toBe(true);
  });

  it('are behind a ping', async () => {
    await expect(t.store.ping()).resolves.toBeUndefined();
  });
}
