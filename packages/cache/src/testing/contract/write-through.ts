import { expect, it } from 'vitest';

import { keyTarget, MINUTE, useStore, value, type CreateStore } from './harness.ts';

const STORED = { stored: true };
const REMOVED = { stored: false };

export function describeWriteThrough(create: CreateStore): void {
  const t = useStore(create);
  const target = () => keyTarget(t.at('a'));
  const fence = (id: string, ms = MINUTE) => t.store.fence(target(), id, ms);
  const liftWith = (id: string) => t.store.lift(target(), id, value(id, { graceMs: MINUTE }));

  it('stores the value of a writer that was alone', async () => {
    await t.put(t.at('a'));
    await fence('one');
    expect(await liftWith('one')).toEqual({ removed: false, stored: true });
    expect(await t.read(t.at('a'))).toBe('one');
    expect(await t.state(t.at('a'))).toBe('entry');
  });

  it('stores each value of writers that follow one another', async () => {
    for (const id of ['one', 'two']) {
      await fence(id);
      expect(await liftWith(id)).toMatchObject(STORED);
      expect(await t.read(t.at('a'))).toBe(id);
    }
  });

  it('stores the value for its time and its grace period', async () => {
    await fence('one');
    await t.store.lift(target(), 'one', value('one', { ttlMs: MINUTE, graceMs: MINUTE }));
    await t.advance(MINUTE);
    expect(await t.read(t.at('a'))).toBeUndefined();
    const result = await t.store.lease(t.at('a', { grace: true }), t.id(), MINUTE);
    expect(result).toMatchObject({ state: 'granted', grace: { bytes: Buffer.from('one') } });
  });

  it.each([
    { lifts: ['one', 'two'] },
    { lifts: ['two', 'one'] },
    { lifts: ['one', 'three', 'two'] },
    { lifts: ['three', 'two', 'one'] },
  ])(
    'stores no value of writers that overlapped, lifted in the order $lifts',
    async ({ lifts }) => {
      for (const id of lifts.toSorted()) await fence(id);
      for (const id of lifts) expect(await liftWith(id)).toMatchObject(REMOVED);
      expect(await t.read(t.at('a'))).toBeUndefined();
      expect(await t.state(t.at('a'))).toBe('granted');
    },
  );

  it('stores nothing of a writer that overlapped with one before and one after', async () => {
    await fence('one');
    await fence('two');
    expect(await liftWith('one')).toMatchObject(REMOVED);
    await fence('three');
    expect(await liftWith('two')).toMatchObject(REMOVED);
    expect(await liftWith('three')).toMatchObject(REMOVED);
    await fence('four');
    expect(await liftWith('four')).toMatchObject(STORED);
  });

  it('stores nothing of a writer that overlapped with a fence that has expired since', async () => {
    await fence('one', MINUTE);
    await fence('two', 3 * MINUTE);
    await t.advance(2 * MINUTE);
    expect(await liftWith('two')).toMatchObject(REMOVED);
  });

  it('stores nothing of a writer that lost its own fence, and removes the entry', async () => {
    await fence('one');
    await t.advance(MINUTE);
    await t.put(t.at('a'));
    expect(await liftWith('one')).toEqual({ removed: true, stored: false });
    expect(await t.read(t.at('a'))).toBeUndefined();
    expect(await liftWith('never')).toMatchObject(REMOVED);
  });

  it('stores nothing beside a writer that lost its fence', async () => {
    await fence('two');
    await t.store.lift(target(), 'one');
    expect(await liftWith('two')).toMatchObject(REMOVED);
  });

  it.each(['key', 'pattern'])(
    'stores nothing if the entry was invalidated by %s after the fence',
    async (by) => {
      await fence('one');
      if (by === 'key') await t.store.invalidate(target());
      else await t.store.invalidateMatching(t.name('*'));
      expect(await liftWith('one')).toMatchObject(REMOVED);
      expect(await t.read(t.at('a'))).toBeUndefined();
    },
  );

  it('stores a value once: a lift that arrives twice removes it', async () => {
    await fence('one');
    expect(await liftWith('one')).toMatchObject(STORED);
    expect(await liftWith('one')).toEqual({ removed: true, stored: false });
  });

  it('refuses late fills of readers that began before it', async () => {
    const lease = await t.granted(t.at('a'));
    await fence('one');
    await liftWith('one');
    expect(await t.store.fill(t.at('a'), lease, value('stale'))).toBe(false);
    expect(await t.read(t.at('a'))).toBe('one');
  });

  it('is a miss for readers of an entry with tags: a writer has no epochs', async () => {
    const tagged = t.at('a', { tags: [t.name('tag')] });
    await fence('one');
    await liftWith('one');
    expect(await t.read(tagged)).toBeUndefined();
    expect(await t.state(tagged)).toBe('granted');
  });
}
