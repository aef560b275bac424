import { describe, expect, it, vi } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { createMutationFixture, fail, keys } from './mutation-fixture.ts';

describe('a write-through', () => {
  const lists = { value: ({ id }: { id: number }) => [id] };

  it('stores the new value when it lifts, in the form that readers store', async () => {
    const { mutator, db, store } = createMutationFixture();
    const ref = { writeThrough: keys.byId({ id: 7 }), ...lists };
    await mutator.mutate(db, [ref], async () => ({ id: 7 }));
    expect(store.lift.mock.calls.map(([, , value]) => value)).toEqual([
      { bytes: Buffer.from('[7]'), ttlMs: 300_000, graceMs: 0, loadMs: 0, codec: 'json@1' },
    ]);
  });

  it.each([
    { what: 'with tags', ref: { writeThrough: keys.tagged({ id: 1 }), ...lists } },
    {
      what: 'with a value too large',
      ref: { writeThrough: keys.small({ id: 1 }), value: () => 'large' },
    },
  ])('$what removes its entry', async ({ ref }) => {
    const { mutator, db, store } = createMutationFixture();
    await mutator.mutate(db, [ref], async () => ({ id: 7 }));
    expect(store.lift.mock.calls.map(([, , value]) => value)).toEqual([undefined]);
  });

  it('removes its entry when it was not fenced: another writer may have overlapped', async () => {
    const { mutator, db, store } = createMutationFixture();
    store.fence.mockImplementation(fail);
    const ref = { writeThrough: keys.all(), ...lists };
    await mutator.mutate(db, [ref], async () => ({ id: 7 }));
    expect(store.lift.mock.calls.map(([, , value]) => value)).toEqual([undefined]);
  });

  it('is fenced before its work begins: what the work reads may be what it stores', async () => {
    const { mutator, db, steps } = createMutationFixture();
    const ref = { writeThrough: keys.all(), ...lists };
    await mutator.mutate(db, [ref, keys.byId({ id: 1 })], async () => {
      steps.push('work');
      return { id: 7 };
    });
    expect(steps.indexOf('fence posts:all')).toBeLessThan(steps.indexOf('work'));
    expect(steps.indexOf('fence posts:id:1')).toBeGreaterThan(steps.indexOf('work'));
    expect(steps.filter((step) => step === 'fence posts:all')).toHaveLength(1);
  });

  it('removes its entry when only the result named it: it was not fenced before the work', async () => {
    const { mutator, db, store } = createMutationFixture();
    const refs = () => [{ writeThrough: keys.all(), ...lists }];
    await mutator.mutate(db, refs, async () => ({ id: 7 }));
    expect(store.lift.mock.calls.map(([, , value]) => value)).toEqual([undefined]);
  });

  it('with a value that cannot be encoded is rolled back', async () => {
    const { mutator, db, steps } = createMutationFixture();
    const ref = { writeThrough: keys.all(), value: () => 1n };
    const write = mutator.mutate(db, [ref], async () => undefined);
    await expect(write).rejects.toBeInstanceOf(CacheUsageError);
    await vi.waitFor(() =>
      expect(steps).toEqual(['begin', 'fence posts:all', 'rollback', 'lift posts:all']),
    );
  });
});
