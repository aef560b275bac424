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

  it('of a key with tags is a usage error, before anything happens', async () => {
    const { mutator, db, steps } = createMutationFixture();
    const ref = { writeThrough: keys.tagged({ id: 1 }), ...lists };
    const write = mutator.mutate(db, [ref], async () => ({ id: 7 }));
    await expect(write).rejects.toThrow(
      new CacheUsageError('"lists:1" has tags and cannot be written through: list the key itself'),
    );
    expect(steps).toEqual([]);
  });

  it('with a value too large removes its entry', async () => {
    const { mutator, db, store } = createMutationFixture();
    const ref = { writeThrough: keys.small({ id: 1 }), value: () => 'large' };
    await mutator.mutate(db, [ref], async () => ({ id: 7 }));
    expect(store.lift.mock.calls.map(([, , value]) => value)).toEqual([undefined]);
  });

  it('that is lifted at the second attempt removes its entry', async () => {
    const { mutator, db, store } = createMutationFixture({ consistency: 'strict' });
    store.lift.mockImplementationOnce(fail);
    const ref = { writeThrough: keys.byId({ id: 7 }), ...lists };
    await mutator.mutate(db, [ref], async () => ({ id: 7 }));
    const values = store.lift.mock.calls.map(([, , value]) => value);
    expect(values).toEqual([expect.objectContaining({ bytes: Buffer.from('[7]') }), undefined]);
  });

  it('removes its entry when it was not fenced: another writer may have overlapped', async () => {
    const { mutator, db, store } = createMutationFixture();
    store.fence.mockImplementation(fail);
    const ref = { writeThrough: keys.all(), ...lists };
    await mutator.mutate(db, [ref], async () => ({ id: 7 }));
    expect(store.lift.mock.calls.map(([, , value]) => value)).toEqual([undefined]);
  });

  it('is fenced before its work begins: the work may store a value that it reads', async () => {
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
    await mutator.mutate(
      db,
      () => [{ writeThrough: keys.all(), ...lists }],
      async () => ({ id: 7 }),
    );
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
