import { expect, it } from 'vitest';

import { keyTarget, MINUTE, tagTarget, useStore, value, type CreateStore } from './harness.ts';

export function describeLeases(create: CreateStore): void {
  const t = useStore(create);

  it('go to the first reader; the next one gets its token', async () => {
    expect(await t.store.lease(t.at('a'), 'first', MINUTE)).toMatchObject({
      state: 'granted',
      lease: { token: 'first', epochs: [] },
    });
    expect(await t.store.lease(t.at('a'), 'second', MINUTE)).toEqual({
      state: 'held',
      token: 'first',
    });
  });

  it('go to one of a thousand readers at once', async () => {
    const calls = Array.from({ length: 1000 }, (_, n) => t.store.lease(t.at('a'), `t${n}`, MINUTE));
    const states = (await Promise.all(calls)).map(({ state }) => state);
    expect(states.filter((state) => state === 'granted')).toHaveLength(1);
    expect(states.filter((state) => state === 'held')).toHaveLength(999);
  });

  it.each(['value', ''])(
    'are not granted where the entry %j is there: it is returned',
    async (text) => {
      const entry = await t.put(t.at('a'), { bytes: Buffer.from(text) });
      expect(await t.store.lease(t.at('a'), t.id(), MINUTE)).toEqual({ state: 'entry', entry });
    },
  );

  it('end by themselves, and a fill that comes later is refused', async () => {
    const lease = await t.granted(t.at('a'), MINUTE);
    await t.advance(MINUTE);
    expect(await t.store.fill(t.at('a'), lease, value('late'))).toBe(false);
    expect(await t.state(t.at('a'))).toBe('granted');
    expect(await t.store.fill(t.at('a'), lease, value('late'))).toBe(false);
  });

  it('can be extended while they last, and not afterwards', async () => {
    const lease = await t.granted(t.at('a'), MINUTE);
    expect(await t.store.extend(t.at('a'), lease, 3 * MINUTE)).toBe(true);
    await t.advance(2 * MINUTE);
    expect(await t.state(t.at('a'))).toBe('held');
    await t.advance(MINUTE);
    expect(await t.store.extend(t.at('a'), lease, MINUTE)).toBe(false);
    await t.granted(t.at('a'));
    expect(await t.store.extend(t.at('a'), lease, MINUTE)).toBe(false);
  });

  it('cannot be extended once they were invalidated', async () => {
    const lease = await t.granted(t.at('a'));
    await t.store.invalidate(keyTarget(t.at('a')));
    expect(await t.store.extend(t.at('a'), lease, MINUTE)).toBe(false);
  });

  it('can be given back, for the next reader', async () => {
    const lease = await t.granted(t.at('a'));
    await t.store.release(t.at('a'), lease);
    const next = await t.granted(t.at('a'));
    await t.store.release(t.at('a'), lease);
    expect(await t.state(t.at('a'))).toBe('held');
    expect(await t.store.fill(t.at('a'), lease, value('late'))).toBe(false);
    expect(await t.store.fill(t.at('a'), next, value('value'))).toBe(true);
  });

  it('given back late leave the entry alone', async () => {
    const lease = await t.granted(t.at('a'));
    await t.store.fill(t.at('a'), lease, value('value'));
    await t.store.release(t.at('a'), lease);
    expect(await t.read(t.at('a'))).toBe('value');
  });

  it('are used up by a fill: a repeated fill is stored once', async () => {
    const lease = await t.granted(t.at('a'));
    expect(await t.store.fill(t.at('a'), lease, value('once'))).toBe(true);
    expect(await t.store.fill(t.at('a'), lease, value('twice'))).toBe(false);
    expect(await t.read(t.at('a'))).toBe('once');
  });

  it('are of one key', async () => {
    const lease = await t.granted(t.at('a'));
    expect(await t.store.fill(t.at('b'), lease, value('value'))).toBe(false);
    await t.granted(t.at('b'));
    expect(await t.store.fill(t.at('b'), lease, value('value'))).toBe(false);
  });

  it.each(['fence', 'lift', 'invalidate'] as const)(
    'are removed by %s, so that a late fill is refused, also after a new lease',
    async (removal) => {
      const lease = await t.granted(t.at('a'));
      const target = keyTarget(t.at('a'));
      if (removal === 'invalidate') await t.store.invalidate(target);
      else if (removal === 'lift') await t.store.lift(target, t.id());
      else await t.store.fence(target, t.id(), MINUTE);
      expect(await t.store.fill(t.at('a'), lease, value('stale'))).toBe(false);
      await t.advance(MINUTE);
      const next = await t.granted(t.at('a'));
      expect(await t.store.fill(t.at('a'), lease, value('stale'))).toBe(false);
      expect(await t.store.fill(t.at('a'), next, value('fresh'))).toBe(true);
      expect(await t.read(t.at('a'))).toBe('fresh');
    },
  );

  it('come with the copy of an expired entry, for keys with a grace period', async () => {
    const address = t.at('a', { grace: true });
    const entry = await t.put(address, { ttlMs: MINUTE, graceMs: MINUTE });
    await t.advance(MINUTE);
    expect(await t.store.lease(t.at('a'), t.id(), 1)).not.toHaveProperty('grace');
    await t.advance(1);
    expect(await t.store.lease(address, 'first', MINUTE)).toMatchObject({
      state: 'granted',
      grace: entry,
    });
    expect(await t.store.lease(address, 'second', MINUTE)).toEqual({
      state: 'held',
      token: 'first',
      grace: entry,
    });
  });

  it('come with the copy again after a failed load, and after an expired lease', async () => {
    const address = t.at('a', { grace: true });
    const entry = await t.put(address, { ttlMs: MINUTE, graceMs: 10 * MINUTE });
    await t.advance(MINUTE);
    await t.store.release(address, await t.granted(address));
    await t.granted(address);
    await t.advance(MINUTE);
    expect(await t.store.lease(address, t.id(), MINUTE)).toMatchObject({
      state: 'granted',
      grace: entry,
    });
  });

  it('of an entry that has expired may last longer than its copy', async () => {
    const address = t.at('a', { grace: true });
    await t.put(address, { ttlMs: MINUTE, graceMs: MINUTE });
    await t.advance(MINUTE);
    const lease = await t.granted(address, 2 * MINUTE);
    await t.advance(1.5 * MINUTE);
    expect(await t.store.lease(address, t.id(), MINUTE)).toEqual({
      state: 'held',
      token: lease.token,
    });
    expect(await t.store.extend(address, lease, 2 * MINUTE)).toBe(true);
    await t.advance(1.5 * MINUTE);
    expect(await t.store.fill(address, lease, value('new'))).toBe(true);
    expect(await t.read(address)).toBe('new');
  });

  it('are held by the refresh of an entry that expired meanwhile', async () => {
    const address = t.at('a', { grace: true });
    const entry = await t.put(address, { ttlMs: MINUTE, graceMs: 10 * MINUTE });
    const refresh = await t.store.leaseRefresh(address, entry.stamp, 'early', 3 * MINUTE);
    await t.advance(MINUTE);
    expect(await t.store.lease(address, t.id(), MINUTE)).toEqual({
      state: 'held',
      token: 'early',
      grace: entry,
    });
    expect(await t.store.fill(address, refresh!, value('new'))).toBe(true);
    expect(await t.read(address)).toBe('new');
  });

  it('come without a copy once the grace period is over', async () => {
    const address = t.at('a', { grace: true });
    await t.put(address, { ttlMs: MINUTE, graceMs: MINUTE });
    await t.advance(2 * MINUTE);
    expect(await t.store.lease(address, t.id(), MINUTE)).not.toHaveProperty('grace');
  });

  it.each(['fence', 'lift', 'invalidate', 'pattern', 'tag'] as const)(
    'never come with a copy of an entry that was removed by %s',
    async (removal) => {
      const address = t.at('a', { grace: true, tags: [t.name('tag')] });
      await t.put(address, { ttlMs: MINUTE, graceMs: 10 * MINUTE });
      await t.advance(MINUTE);
      const target = keyTarget(address);
      if (removal === 'fence') await t.store.fence(target, t.id(), MINUTE);
      else if (removal === 'lift') await t.store.lift(target, t.id());
      else if (removal === 'invalidate') await t.store.invalidate(target);
      else if (removal === 'pattern') await t.store.invalidateMatching(`${address.key}*`);
      else await t.store.invalidate(tagTarget(t.name('tag')));
      expect(await t.store.lease(address, t.id(), MINUTE)).not.toHaveProperty('grace');
      await t.advance(MINUTE);
      expect(await t.store.lease(address, t.id(), MINUTE)).not.toHaveProperty('grace');
    },
  );

  it('replace the copy when they are filled', async () => {
    const address = t.at('a', { grace: true });
    await t.put(address, { ttlMs: MINUTE, graceMs: 10 * MINUTE });
    await t.advance(MINUTE);
    const lease = await t.granted(address);
    await t.store.fill(address, lease, value('new', { ttlMs: MINUTE, graceMs: 0 }));
    await t.advance(MINUTE);
    expect(await t.store.lease(address, t.id(), MINUTE)).not.toHaveProperty('grace');
  });
}
