import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { CacheUsageError } from '../errors.ts';
import { createMutationFixture, fail, FENCE_MS, keys, TIMEOUT_MS } from './mutation-fixture.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each(['available', 'strict'] as const)('a write in %s mode', (consistency) => {
  it('is fenced before its commit, lifted after it, and acknowledged last', async () => {
    const { mutator, db, steps, of } = createMutationFixture({ consistency });
    const write = mutator.mutate(db, [keys.all(), { tag: 'a' }], async () => {
      steps.push('work');
      return 'written';
    });
    expect(await write.finally(() => steps.push('answer'))).toBe('written');
    const before = ['begin', 'work', 'append', 'fence posts:all', 'fence tag a'];
    const after = ['lift posts:all', 'lift tag a', 'mark', 'answer'];
    expect(steps).toEqual([...before, 'commit', ...after]);
    expect(of('mutation')).toMatchObject([{ outcome: 'applied' }]);
    expect(of('invalidated').map(({ target }) => target)).toEqual(['posts:all', 'a']);
  });

  it('leaves a row in its own transaction, with the id of its fences', async () => {
    const { mutator, db, store, outbox } = createMutationFixture({ consistency });
    await mutator.mutate(db, [keys.all()], async () => undefined);
    const targets = [{ kind: 'key', key: 'posts:all' }];
    expect(outbox.append.mock.calls).toEqual([[{ name: 'tx' }, { id: 'write-1', targets }]]);
    expect(store.fence.mock.calls).toEqual([
      [targets[0], expect.stringMatching(/^write-1\./), FENCE_MS],
    ]);
    expect(store.lift.mock.calls).toEqual([
      [targets[0], expect.stringMatching(/^write-1\./), undefined],
    ]);
    expect(outbox.markApplied.mock.calls).toEqual([['write-1']]);
  });

  it('does not commit before its fence is up', async () => {
    const { mutator, db, store, steps } = createMutationFixture({ consistency });
    const fenced = Promise.withResolvers<void>();
    store.fence.mockReturnValue(fenced.promise);
    const write = mutator.mutate(db, [keys.all()], async () => undefined);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
    expect(steps).toEqual(['begin', 'append']);
    fenced.resolve();
    await write;
    expect(steps).toContain('commit');
  });

  it('is not acknowledged before it is lifted', async () => {
    const { mutator, db, store } = createMutationFixture({ consistency });
    const lifted = Promise.withResolvers<{ removed: boolean; stored: boolean }>();
    store.lift.mockReturnValue(lifted.promise);
    const acknowledge = vi.fn<() => void>();
    const write = mutator.mutate(db, [keys.all()], async () => undefined).then(acknowledge);
    await vi.advanceTimersByTimeAsync(TIMEOUT_MS - 1);
    expect(acknowledge).not.toHaveBeenCalled();
    lifted.resolve({ removed: false, stored: false });
    await write;
    expect(acknowledge).toHaveBeenCalledOnce();
  });

  it('reports each target once, after the commit and before it is acknowledged', async () => {
    const { mutator, db, hooks, commit } = createMutationFixture({ consistency });
    commit.mockImplementation(async () => void hooks.push('commit'));
    await mutator.mutate(db, [keys.all()], async () => undefined);
    hooks.push('answer');
    expect(hooks).toEqual(['commit', 'posts:all', 'answer']);
  });

  it('has refs that depend on its result', async () => {
    const { mutator, db, steps } = createMutationFixture({ consistency });
    await mutator.mutate(
      db,
      ({ id }) => [keys.byId({ id })],
      async () => ({ id: 7 }),
    );
    const expected = ['begin', 'append', 'fence posts:id:7', 'commit', 'lift posts:id:7', 'mark'];
    expect(steps).toEqual(expected);
  });

  it('that changes nothing commits without the store and the outbox', async () => {
    const { mutator, db, steps } = createMutationFixture({ consistency });
    await mutator.mutate(
      db,
      () => [],
      async () => undefined,
    );
    expect(steps).toEqual(['begin', 'commit']);
  });

  it('beside another one lifts its own fence only', async () => {
    const { mutator, db, store, commit } = createMutationFixture({ consistency });
    const slowCommit = Promise.withResolvers<void>();
    commit.mockReturnValueOnce(slowCommit.promise);
    const first = mutator.mutate(db, [keys.all()], async () => 1);
    await vi.advanceTimersByTimeAsync(0);
    await mutator.mutate(db, [keys.all()], async () => 2);
    expect(store.lift.mock.calls.map(([, id]) => id.split('.')[0])).toEqual(['write-2']);
    slowCommit.resolve();
    await first;
    expect(store.lift.mock.calls.map(([, id]) => id.split('.')[0])).toEqual(['write-2', 'write-1']);
  });
});

describe.each(['available', 'strict'] as const)('a write that fails in %s mode', (consistency) => {
  it('by its own error is rolled back, never fenced, and rejects with that error', async () => {
    const { mutator, db, steps, story } = createMutationFixture({ consistency });
    const error = new Error('a constraint');
    const write = mutator.mutate(db, [keys.all()], () => Promise.reject(error));
    await expect(write).rejects.toBe(error);
    expect(steps).toEqual(['begin', 'rollback']);
    expect(story()).toEqual([]);
  });

  it('by the outbox is rolled back first, then lifted', async () => {
    const { mutator, db, steps, outbox, of } = createMutationFixture({ consistency });
    const error = new Error('no such table');
    outbox.append.mockRejectedValue(error);
    await expect(mutator.mutate(db, [keys.all()], async () => undefined)).rejects.toBe(error);
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).toEqual(['begin', 'fence posts:all', 'rollback', 'lift posts:all']);
    expect(of('operation').map(({ operation }) => operation)).toEqual(['fence', 'lift']);
    expect(of('mutation')).toEqual([]);
  });

  it('leaves no rejection unhandled when its fence fails too', async () => {
    const { mutator, db, outbox, store } = createMutationFixture({ consistency });
    const unhandled = vi.fn<(error: unknown) => void>();
    process.on('unhandledRejection', unhandled);
    outbox.append.mockRejectedValue(new Error('no such table'));
    store.fence.mockImplementation(fail);
    store.lift.mockImplementation(fail);
    const write = mutator.mutate(db, [keys.all()], async () => undefined);
    await expect(write).rejects.toThrow('no such table');
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', unhandled);
    expect(unhandled).not.toHaveBeenCalled();
  });

  it('before its transaction began rejects with the error of the database', async () => {
    const { mutator, steps } = createMutationFixture({ consistency });
    const error = new Error('the pool is exhausted');
    const db = { transaction: () => Promise.reject(error) };
    await expect(mutator.mutate(db, [keys.all()], async () => undefined)).rejects.toBe(error);
    expect(steps).toEqual([]);
  });

  it('by a commit that the database refused is lifted, and rejects with its error', async () => {
    const { mutator, db, commit, outbox, steps, of } = createMutationFixture({ consistency });
    const error = new Error('a deferred constraint');
    commit.mockRejectedValue(error);
    outbox.mayHaveCommitted.mockReturnValue(false);
    await expect(mutator.mutate(db, [keys.all()], async () => undefined)).rejects.toBe(error);
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).toEqual(['begin', 'append', 'fence posts:all', 'lift posts:all']);
    expect(of('mutation')).toEqual([]);
  });

  it('by a lost commit reports an unknown outcome, and stays fenced', async () => {
    const { mutator, db, commit, outbox, steps, hooks, of } = createMutationFixture({
      consistency,
    });
    const cause = new Error('connection lost');
    commit.mockRejectedValue(cause);
    const write = mutator.mutate(db, [keys.all()], async () => undefined);
    await expect(write).rejects.toMatchObject({ name: 'CacheOutcomeUnknownError', cause });
    await vi.advanceTimersByTimeAsync(0);
    expect(outbox.mayHaveCommitted).toHaveBeenCalledWith(cause);
    // A lift now would let readers cache the older state before a late commit.
    expect(steps).toEqual(['begin', 'append', 'fence posts:all']);
    expect(hooks).toEqual(['posts:all']);
    expect(of('mutation')).toMatchObject([{ outcome: 'unknown' }]);
  });

  it('is not begun with refs that no store takes', async () => {
    const { mutator, db, steps } = createMutationFixture({ consistency });
    for (const ref of ['posts:*', 'posts:}', { tag: '' }]) {
      const write = mutator.mutate(db, [ref], async () => undefined);
      await expect(write).rejects.toBeInstanceOf(CacheUsageError);
    }
    expect(steps).toEqual([]);
  });

  it('is rolled back when its result leads to refs that no store takes', async () => {
    const { mutator, db, steps } = createMutationFixture({ consistency });
    const write = mutator.mutate(
      db,
      () => ['posts:*'],
      async () => undefined,
    );
    await expect(write).rejects.toBeInstanceOf(CacheUsageError);
    expect(steps).toEqual(['begin', 'rollback']);
  });
});

describe('a row of the outbox', () => {
  const row = {
    id: 'write-9',
    targets: [
      { kind: 'key', key: 'posts:id:1' },
      { kind: 'tag', tag: 'a' },
    ],
  } as const;

  it('is lifted with the id of its write, at each call', async () => {
    const { mutator, store, hooks, of } = createMutationFixture();
    await mutator.applyRow(row);
    await mutator.applyRow(row);
    const id: unknown = expect.stringMatching(/^write-9\./);
    const lifts = row.targets.map((target) => [target, id, undefined]);
    expect(store.lift.mock.calls).toEqual([...lifts, ...lifts]);
    expect(of('invalidated').slice(0, 2)).toMatchObject([
      { target: 'posts:id:1', template: 'posts:id:{id}', replayed: true },
      { target: 'a', template: 'tag', replayed: true },
    ]);
    expect(hooks.slice(0, 2)).toEqual(['posts:id:1', 'a']);
  });

  it('rejects if any of its targets fails, after all were tried', async () => {
    const { mutator, store, steps } = createMutationFixture();
    store.lift.mockImplementationOnce(fail);
    await expect(mutator.applyRow(row)).rejects.toMatchObject({ name: 'CacheStoreError' });
    expect(steps).toEqual(['lift tag a']);
  });
});

it('inside of an open transaction, mutate throws a usage error before anything happens', async () => {
  const { mutator, db, steps } = createMutationFixture();
  const trx = { ...db, isTransaction: true };
  const write = mutator.mutate(trx, [keys.all()], async () => undefined);
  await expect(write).rejects.toBeInstanceOf(CacheUsageError);
  expect(steps).toEqual([]);
});

it('without an outbox, mutate throws a usage error', async () => {
  const { mutator, db } = createMutationFixture({ hasOutbox: false });
  const write = mutator.mutate(db, [keys.all()], async () => undefined);
  await expect(write).rejects.toBeInstanceOf(CacheUsageError);
});
