import { expect, it } from 'vitest';

import { keyTarget, MINUTE, useStore, type CreateStore } from './harness.ts';

export function describeFences(create: CreateStore): void {
  const t = useStore(create);

  it('remove the entry and refuse leases until they are lifted', async () => {
    await t.put(t.at('a'));
    await t.store.fence(keyTarget(t.at('a')), 'one', MINUTE);
    expect(await t.read(t.at('a'))).toBeUndefined();
    expect(await t.state(t.at('a'))).toBe('fenced');
    expect(await t.state(t.at('b'))).toBe('granted');
    expect(await t.store.lift(keyTarget(t.at('a')), 'one')).toEqual({
      removed: false,
      stored: false,
    });
    expect(await t.state(t.at('a'))).toBe('granted');
  });

  it('end by themselves', async () => {
    await t.store.fence(keyTarget(t.at('a')), t.id(), MINUTE);
    await t.advance(MINUTE - 1000);
    expect(await t.state(t.at('a'))).toBe('fenced');
    await t.advance(1000);
    expect(await t.state(t.at('a'))).toBe('granted');
  });

  it('of several writers are lifted one by one', async () => {
    await t.store.fence(keyTarget(t.at('a')), 'one', MINUTE);
    await t.store.fence(keyTarget(t.at('a')), 'two', MINUTE);
    await t.store.lift(keyTarget(t.at('a')), 'one');
    expect(await t.state(t.at('a'))).toBe('fenced');
    await t.store.lift(keyTarget(t.at('a')), 'two');
    expect(await t.state(t.at('a'))).toBe('granted');
  });

  it.each([
    { first: 3, second: 1 },
    { first: 1, second: 3 },
  ])('of $first and $second minutes each end at their own time', async ({ first, second }) => {
    await t.store.fence(keyTarget(t.at('a')), 'first', first * MINUTE);
    await t.store.fence(keyTarget(t.at('a')), 'second', second * MINUTE);
    await t.advance(2 * MINUTE);
    expect(await t.state(t.at('a'))).toBe('fenced');
    await t.store.lift(keyTarget(t.at('a')), first < second ? 'first' : 'second');
    expect(await t.state(t.at('a'))).toBe('fenced');
    await t.advance(MINUTE);
    expect(await t.state(t.at('a'))).toBe('granted');
  });

  it('are prolonged when they are placed again', async () => {
    await t.store.fence(keyTarget(t.at('a')), 'one', MINUTE);
    await t.store.fence(keyTarget(t.at('a')), 'one', 3 * MINUTE);
    await t.advance(2 * MINUTE);
    expect(await t.state(t.at('a'))).toBe('fenced');
    await t.store.lift(keyTarget(t.at('a')), 'one');
    expect(await t.state(t.at('a'))).toBe('granted');
  });

  it('stay when the entry is invalidated, by key or by pattern', async () => {
    await t.store.fence(keyTarget(t.at('a')), 'one', MINUTE);
    expect(await t.store.invalidate(keyTarget(t.at('a')))).toMatchObject({ removed: false });
    expect(await t.store.invalidateMatching(t.name('*'))).toBe(0);
    expect(await t.state(t.at('a'))).toBe('fenced');
  });

  it('lifted twice, or lifted though they never were, still remove the entry', async () => {
    await t.store.fence(keyTarget(t.at('a')), 'one', MINUTE);
    await t.store.lift(keyTarget(t.at('a')), 'one');
    for (const id of ['one', 'never']) {
      await t.put(t.at('a'));
      expect(await t.store.lift(keyTarget(t.at('a')), id)).toEqual({
        removed: true,
        stored: false,
      });
      expect(await t.read(t.at('a'))).toBeUndefined();
    }
  });

  it('are counted one for each writer, also of a hundred at once', async () => {
    const ids = Array.from({ length: 100 }, () => t.id());
    await Promise.all(ids.map((id) => t.store.fence(keyTarget(t.at('a')), id, MINUTE)));
    await Promise.all(ids.slice(1).map((id) => t.store.lift(keyTarget(t.at('a')), id)));
    expect(await t.state(t.at('a'))).toBe('fenced');
    await t.store.lift(keyTarget(t.at('a')), ids[0]!);
    expect(await t.state(t.at('a'))).toBe('granted');
  });
}
