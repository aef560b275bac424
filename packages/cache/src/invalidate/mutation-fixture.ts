import { vi } from 'vitest';

import { defineKeys, key } from '../keys/define-keys.ts';
import { createEvents } from '../observe/events.ts';
import type { Outbox, OutboxRow, Transactor } from '../protocol/outbox.ts';
import type { CacheStore, Target } from '../protocol/store.ts';
import { createCircuitBreaker } from '../resilience/circuit-breaker.ts';
import { recordEvents } from '../testing/recorded-events.ts';
import { createMutator } from './mutation.ts';
import { nameOf } from './targets.ts';

export const FENCE_MS = 10_000;
export const TIMEOUT_MS = 250;
/** How long a strict write repeats its lifts. */
export const LIFT_PATIENCE_MS = 2000;

export const keys = defineKeys({
  all: 'posts:all',
  byId: 'posts:id:{id}',
  tagged: key('lists:{id}', { tags: ['lists'] }),
  small: key('small:{id}', { maxValueBytes: 4, version: '2' }),
});

/** A transaction of the fake database, which only records its steps. */
export interface FakeTx {
  name: string;
}

/**
 * A mutator over a database, a store and an outbox that record, in one list, the steps of which order:
 * `begin`, `append`, `fence posts:all`, `commit`, `lift posts:all`, `mark`, `rollback`.
 */
export function createMutationFixture({
  consistency = 'available',
  failureThreshold = 5,
  hasOutbox = true,
}: {
  consistency?: 'available' | 'strict';
  failureThreshold?: number;
  hasOutbox?: boolean;
} = {}) {
  const { listener, of, story } = recordEvents();
  const events = createEvents([listener]);
  const steps: string[] = [];
  const hooks: string[] = [];
  const pending: string[] = [];
  const store = createFakeStore(steps);
  const { db, commit } = createFakeDatabase(steps);
  const outbox = createFakeOutbox(steps);
  const ping = vi.fn<() => Promise<void>>(async () => undefined);
  const breaker = createCircuitBreaker({
    store: { ping },
    events,
    timeoutMs: TIMEOUT_MS,
    failureThreshold,
    retryMs: 500,
  });
  let ids = 0;
  const mutator = createMutator<FakeTx>({
    store,
    breaker,
    events,
    outbox: hasOutbox ? outbox : undefined,
    consistency,
    templateOf: (text) => (text.startsWith('posts:id:') ? 'posts:id:{id}' : 'other'),
    fenceMs: FENCE_MS,
    operationTimeoutMs: TIMEOUT_MS,
    now: () => performance.now(),
    newId: () => `write-${(ids += 1)}`,
    onInvalidated: (target) => hooks.push(nameOf(target)),
    onPending: (target) => pending.push(nameOf(target)),
  });
  return { mutator, db, commit, store, outbox, breaker, ping, steps, hooks, pending, of, story };
}

function createFakeStore(steps: string[]) {
  return {
    fence: vi.fn<CacheStore['fence']>(async (target) => {
      steps.push(`fence ${nameOfTarget(target)}`);
    }),
    lift: vi.fn<CacheStore['lift']>(async (target, _fenceId, value) => {
      steps.push(`lift ${nameOfTarget(target)}`);
      return { removed: false, stored: value !== undefined };
    }),
  };
}

function createFakeDatabase(steps: string[]) {
  const commit = vi.fn<() => Promise<void>>(async () => undefined);
  const db: Transactor<FakeTx> = {
    async transaction(work) {
      steps.push('begin');
      let result;
      try {
        result = await work({ name: 'tx' });
      } catch (error) {
        steps.push('rollback');
        throw error;
      }
      await commit();
      steps.push('commit');
      return result;
    },
  };
  return { db, commit };
}

function createFakeOutbox(steps: string[]) {
  return {
    append: vi.fn<(tx: FakeTx, row: OutboxRow) => Promise<void>>(async () => {
      steps.push('append');
    }),
    markApplied: vi.fn<(id: string) => void>(() => void steps.push('mark')),
    mayHaveCommitted: vi.fn<(error: unknown) => boolean>(() => true),
    start: () => undefined,
    replay: () => undefined,
    close: async () => undefined,
  } satisfies Outbox<FakeTx>;
}

function nameOfTarget(target: Target): string {
  return target.kind === 'key' ? target.key : `tag ${target.tag}`;
}

export function fail(): Promise<never> {
  return Promise.reject(new Error('no connection'));
}

export function hang(): Promise<never> {
  return new Promise(() => {});
}
