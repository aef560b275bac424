import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import {
  createMutationFixture,
  fail,
  FENCE_MS,
  hang,
  keys,
  LIFT_PATIENCE_MS,
  TIMEOUT_MS,
} from './mutation-fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('in available mode, a write', () => {
  it.each([
    { how: 'error', run: fail },
    { how: 'timeout', run: hang },
  ])(
    'with a fence that fails by $how is committed, and lifted if there is time',
    async ({ run }) => {
      const { mutator, db, store, outbox, pending, of } = createMutationFixture();
      store.fence.mockImplementation(run);
      const write = mutator.mutate(db, [keys.all()], async () => 'written');
      await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
      expect(await write).toBe('written');
      const lifted = run === fail;
      expect(of('mutation')).toMatchObject([{ outcome: lifted ? 'applied' : 'pending' }]);
      expect(outbox.markApplied).toHaveBeenCalledTimes(lifted ? 1 : 0);
      expect(pending).toEqual(lifted ? [] : ['posts:all']);
    },
  );

  it('that cannot be lifted is acknowledged, and left to the outbox', async () => {
    const { mutator, db, store, outbox, pending, hooks, of } = createMutationFixture();
    store.lift.mockImplementationOnce(fail);
    expect(await mutator.mutate(db, [keys.all(), { tag: 'a' }], async () => 'written')).toBe(
      'written',
    );
    expect(outbox.markApplied).not.toHaveBeenCalled();
    expect(pending).toEqual(['posts:all']);
    expect(hooks).toEqual(['posts:all', 'a']);
    expect(of('mutation')).toMatchObject([{ outcome: 'pending' }]);
  });

  it('takes one deadline for fence and lift of a target together', async () => {
    const { mutator, db, store } = createMutationFixture();
    store.fence.mockImplementation(() => delay(200));
    store.lift.mockImplementation(hang);
    const settled = vi.fn<() => void>();
    void mutator.mutate(db, [keys.all()], async () => 'written').then(settled);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(settled).toHaveBeenCalledOnce();
  });

  it('takes no time for the store while the breaker is open', async () => {
    const { mutator, db, store, breaker, steps, of } = createMutationFixture({
      failureThreshold: 1,
    });
    store.fence.mockImplementation(fail);
    await mutator.mutate(db, [keys.all()], async () => 1);
    expect(breaker.state).toBe('open');
    steps.length = 0;
    expect(await mutator.mutate(db, [keys.all()], async () => 2)).toBe(2);
    expect(steps).toEqual(['begin', 'append', 'commit']);
    expect(of('mutation').at(-1)).toMatchObject({ outcome: 'pending', fencedMs: 0 });
  });
});

describe('in strict mode, a write', () => {
  it.each([
    { how: 'error', run: fail },
    { how: 'timeout', run: hang },
  ])('with a fence that fails by $how is refused, and nothing is committed', async ({ run }) => {
    const { mutator, db, store, steps, of } = createMutationFixture({ consistency: 'strict' });
    store.fence.mockImplementationOnce(run);
    const write = mutator.mutate(db, [keys.all(), { tag: 'a' }], async () => undefined);
    const failure = write.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS);
    expect(await failure).toMatchObject({
      name: 'CacheWriteRefusedError',
      cause: { name: 'CacheStoreError' },
    });
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).not.toContain('commit');
    // Both may be fenced: a fence without an answer may have arrived.
    expect(steps.slice(-3)).toEqual(['rollback', 'lift posts:all', 'lift tag a']);
    expect(of('mutation')).toMatchObject([{ outcome: 'refused' }]);
  });

  it('is refused before it begins while the breaker is open', async () => {
    const { mutator, db, store, steps, of } = createMutationFixture({
      consistency: 'strict',
      failureThreshold: 1,
    });
    store.fence.mockImplementation(fail);
    const refused = { name: 'CacheWriteRefusedError' };
    const write = () => mutator.mutate(db, [keys.all()], async () => undefined);
    await expect(write()).rejects.toMatchObject(refused);
    steps.length = 0;
    await expect(write()).rejects.toMatchObject({ ...refused, cause: { failure: 'open' } });
    expect(steps).toEqual([]);
    expect(of('mutation').map(({ outcome }) => outcome)).toEqual(['refused', 'refused']);
  });

  it('is acknowledged after a lift that succeeded, however often it failed before', async () => {
    const { mutator, db, store, outbox, pending, hooks, of } = createMutationFixture({
      consistency: 'strict',
    });
    store.lift.mockImplementationOnce(fail).mockImplementationOnce(fail);
    const write = mutator.mutate(db, [keys.all()], async () => 'written');
    const settled = vi.fn<() => void>();
    void write.then(settled, settled);
    await vi.advanceTimersByTimeAsync(0);
    // The fence is up, but a store that restarts empty would lose it.
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(LIFT_PATIENCE_MS);
    expect(await write).toBe('written');
    expect(of('mutation')).toMatchObject([{ outcome: 'applied' }]);
    expect(outbox.markApplied).toHaveBeenCalledOnce();
    expect(pending).toEqual([]);
    expect(hooks).toEqual(['posts:all']);
  });

  it.each([
    { how: 'error', run: fail },
    { how: 'timeout', run: hang },
  ])('with lifts that all fail by $how has an unknown outcome, within a bound', async ({ run }) => {
    const { mutator, db, store, outbox, pending, of } = createMutationFixture({
      consistency: 'strict',
    });
    store.lift.mockImplementation(run);
    const write = mutator.mutate(db, [keys.all()], async () => 'written');
    const failure = write.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS + LIFT_PATIENCE_MS);
    expect(await failure).toMatchObject({
      name: 'CacheOutcomeUnknownError',
      cause: { name: 'CacheStoreError' },
    });
    expect(of('mutation')).toMatchObject([{ outcome: 'unknown' }]);
    expect(outbox.markApplied).not.toHaveBeenCalled();
    expect(pending).toEqual(['posts:all']);
    // One failure of one target, however often it was repeated.
    expect(of('store-down')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('repeats only the lifts that failed', async () => {
    const { mutator, db, store, steps } = createMutationFixture({ consistency: 'strict' });
    store.lift.mockImplementationOnce(fail);
    const write = mutator.mutate(db, [keys.all(), { tag: 'a' }], async () => undefined);
    await vi.advanceTimersByTimeAsync(LIFT_PATIENCE_MS);
    await write;
    const afterCommit = steps.slice(steps.indexOf('commit') + 1);
    expect(afterCommit).toEqual(['lift tag a', 'lift posts:all', 'mark']);
  });

  it('waits for a store that is found again', async () => {
    const { mutator, db, store, breaker, ping } = createMutationFixture({
      consistency: 'strict',
      failureThreshold: 1,
    });
    ping.mockImplementation(fail);
    store.lift.mockImplementationOnce(fail);
    const write = mutator.mutate(db, [keys.all()], async () => 'written');
    await vi.advanceTimersByTimeAsync(LIFT_PATIENCE_MS / 2);
    expect(breaker.state).toBe('open');
    ping.mockImplementation(async () => undefined);
    await breaker.probe();
    await vi.advanceTimersByTimeAsync(LIFT_PATIENCE_MS / 2);
    expect(await write).toBe('written');
  });

  it('is acknowledged however late it commits, if it could be lifted', async () => {
    const { mutator, db, commit } = createMutationFixture({ consistency: 'strict' });
    commit.mockImplementation(() => delay(2 * FENCE_MS));
    const write = mutator.mutate(db, [keys.all()], async () => 'written');
    await vi.advanceTimersByTimeAsync(2 * FENCE_MS);
    expect(await write).toBe('written');
  });
});

function delay(ms: number): Promise<never> {
  return new Promise((resolve) => setTimeout(resolve as () => void, ms));
}
