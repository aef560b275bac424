import { expect, it } from 'vitest';

import { keyTarget, MINUTE, tagTarget, useStore, value, type CreateStore } from './harness.ts';

export function describeRefreshes(create: CreateStore): void {
  const t = useStore(create);

  it('go to one reader at a time, while the entry stays', async () => {
    const { stamp } = await t.put(t.at('a'));
    const calls = Array.from({ length: 100 }, () =>
      t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE),
    );
    const leases = (await Promise.all(calls)).filter((lease) => lease !== undefined);
    expect(leases).toHaveLength(1);
    expect(await t.read(t.at('a'))).toBe('value');
    expect(await t.store.fill(t.at('a'), leases[0]!, value('new'))).toBe(true);
    expect(await t.read(t.at('a'))).toBe('new');
  });

  it('can follow one another', async () => {
    for (const text of ['1', '2', '3']) {
      const stamp = (await t.store.read([t.at('a')]))[0]?.stamp ?? (await t.put(t.at('a'))).stamp;
      const lease = await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE);
      expect(await t.store.fill(t.at('a'), lease!, value(text))).toBe(true);
    }
    expect(await t.read(t.at('a'))).toBe('3');
  });

  it('are refused for an entry that is another one by now, or gone', async () => {
    const old = await t.put(t.at('a'));
    await t.store.invalidate(keyTarget(t.at('a')));
    const refresh = () => t.store.leaseRefresh(t.at('a'), old.stamp, t.id(), MINUTE);
    expect(await refresh()).toBeUndefined();
    await t.put(t.at('a'));
    expect(await refresh()).toBeUndefined();
  });

  it('are refused for an expired entry, or one with an invalidated tag', async () => {
    const { stamp } = await t.put(t.at('a'), { ttlMs: MINUTE, graceMs: MINUTE });
    const tagged = t.at('b', { tags: [t.name('tag')] });
    const entry = await t.put(tagged);
    await t.store.invalidate(tagTarget(t.name('tag')));
    expect(await t.store.leaseRefresh(tagged, entry.stamp, t.id(), MINUTE)).toBeUndefined();
    await t.store.fence(tagTarget(t.name('tag')), t.id(), MINUTE);
    expect(await t.store.leaseRefresh(tagged, entry.stamp, t.id(), MINUTE)).toBeUndefined();
    await t.advance(MINUTE);
    expect(await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE)).toBeUndefined();
  });

  it.each(['fence', 'lift', 'invalidate', 'pattern'] as const)(
    'store nothing after %s',
    async (removal) => {
      const address = t.at('a');
      const { stamp } = await t.put(address);
      const lease = await t.store.leaseRefresh(address, stamp, t.id(), MINUTE);
      if (removal === 'fence') await t.store.fence(keyTarget(address), t.id(), MINUTE);
      else if (removal === 'lift') await t.store.lift(keyTarget(address), t.id());
      else if (removal === 'invalidate') await t.store.invalidate(keyTarget(address));
      else await t.store.invalidateMatching(`${address.key}*`);
      expect(await t.store.fill(address, lease!, value('stale'))).toBe(false);
      expect(await t.store.extend(address, lease!, MINUTE)).toBe(false);
      expect(await t.read(address)).toBeUndefined();
    },
  );

  it('end by themselves or are given back, and then go to another reader', async () => {
    const { stamp } = await t.put(t.at('a'));
    const first = await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE);
    expect(await t.store.extend(t.at('a'), first!, 2 * MINUTE)).toBe(true);
    await t.advance(MINUTE);
    expect(await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE)).toBeUndefined();
    await t.advance(MINUTE);
    const second = await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE);
    expect(second).toBeDefined();
    expect(await t.store.fill(t.at('a'), first!, value('late'))).toBe(false);
    expect(await t.store.extend(t.at('a'), first!, MINUTE)).toBe(false);
    await t.store.release(t.at('a'), first!);
    expect(await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE)).toBeUndefined();
    await t.store.release(t.at('a'), second!);
    expect(await t.store.leaseRefresh(t.at('a'), stamp, t.id(), MINUTE)).toBeDefined();
    expect(await t.read(t.at('a'))).toBe('value');
  });

  it('keep the tags of their entry', async () => {
    const address = t.at('a', { tags: [t.name('tag')] });
    const { stamp } = await t.put(address);
    const lease = await t.store.leaseRefresh(address, stamp, t.id(), MINUTE);
    expect(await t.store.fill(address, lease!, value('new'))).toBe(true);
    expect(await t.read(address)).toBe('new');
    await t.store.invalidate(tagTarget(t.name('tag')));
    expect(await t.read(address)).toBeUndefined();
  });
}
