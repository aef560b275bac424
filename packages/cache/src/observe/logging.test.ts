import { pino } from 'pino';
import { describe, expect, it } from 'vitest';

import { CacheStoreError } from '../errors.ts';
import type { CacheEvent } from './events.ts';
import { logCacheEvents } from './logging.ts';

const KEY = { key: 'posts:id:7', template: 'posts:id:{id}' };
const TIMEOUT = new CacheStoreError('timeout', 'no answer within 250 ms');
const OPEN = new CacheStoreError('open', 'the circuit breaker is open');

function setUp() {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { base: null, timestamp: false, formatters: { level: (level) => ({ level }) } },
    { write: (line) => void lines.push(JSON.parse(line)) },
  );
  const clock = { ms: 0 };
  return { lines, clock, emit: logCacheEvents(log, () => clock.ms) };
}

describe('the log', () => {
  it('has a line for each miss and each hit, with the raw key and nothing else', () => {
    const { lines, emit } = setUp();
    emit({ type: 'miss', ...KEY });
    emit({ type: 'hit', ...KEY, tier: 'store' });
    emit({ type: 'hit', ...KEY, tier: 'local' });
    expect(lines).toEqual([
      { level: 'info', key: 'posts:id:7', msg: 'Cache MISS - fetching from source' },
      { level: 'info', key: 'posts:id:7', msg: 'Cache HIT' },
      { level: 'info', key: 'posts:id:7', msg: 'Cache HIT' },
    ]);
  });

  it.each<[CacheEvent, object]>([
    [
      { type: 'stale', ...KEY, reason: 'revalidating' },
      { key: 'posts:id:7', reason: 'revalidating', msg: 'Cache STALE - returning an expired copy' },
    ],
    [
      { type: 'invalidated', target: 'posts:*', template: 'pattern', removed: 3, replayed: false },
      { target: 'posts:*', removed: 3, msg: 'Cache invalidated' },
    ],
    [
      { type: 'outbox', pending: 2, lagMs: 1500, dispatched: 4 },
      {
        pending: 2,
        lagMs: 1500,
        dispatched: 4,
        msg: 'Outbox applied invalidations of earlier writes',
      },
    ],
    [
      { type: 'store-up', downMs: 4200 },
      { downMs: 4200, msg: 'Cache store answers again' },
    ],
  ])('reports at info: $type', (event, line) => {
    const { lines, emit } = setUp();
    emit(event);
    expect(lines).toEqual([{ level: 'info', ...line }]);
  });

  it.each<[CacheEvent, object]>([
    [
      { type: 'store-down', error: TIMEOUT },
      { err: { message: TIMEOUT.message }, msg: 'Cache store lost - reading from source' },
    ],
    [
      { type: 'store-replaced' },
      { msg: 'Cache store restarted or failed over: earlier entries are misses' },
    ],
    [
      { type: 'invalidations-lost', count: 3 },
      { count: 3, msg: 'Cache closed before failed invalidations could be repeated' },
    ],
  ])('warns each time of a rare event: $type', (event, line) => {
    const { lines, emit } = setUp();
    emit(event);
    emit(event);
    expect(lines).toMatchObject([
      { level: 'warn', ...line },
      { level: 'warn', ...line },
    ]);
  });

  it.each<[CacheEvent, object]>([
    [
      { type: 'operation', operation: 'lease', template: 'other', durationMs: 250, error: TIMEOUT },
      { operation: 'lease', err: { message: TIMEOUT.message }, msg: 'Cache operation failed' },
    ],
    [
      { type: 'load-failed', ...KEY, durationMs: 9, error: new Error('the source is down') },
      { key: 'posts:id:7', err: { message: 'the source is down' } },
    ],
    [{ type: 'discarded', ...KEY, reason: 'undecodable' }, { reason: 'undecodable' }],
    [
      { type: 'fill-refused', ...KEY, reason: 'too-large' },
      { msg: 'Cache entry not stored, because it is too large' },
    ],
    [
      { type: 'overloaded', ...KEY },
      { msg: 'Read refused: too many loads while the cache store is away' },
    ],
    [
      { type: 'mutation', outcome: 'pending', fencedMs: 0 },
      { msg: 'Write committed, its cache entries wait for the outbox' },
    ],
    [
      { type: 'outbox-failed', error: new Error('permission denied') },
      { err: { message: 'permission denied' }, msg: 'Outbox of the cache failed' },
    ],
    [{ type: 'local-dropped', reason: 'gap' }, { reason: 'gap' }],
    [
      {
        type: 'invalidation-failed',
        target: 'posts:id:7',
        template: 'posts:id:{id}',
        error: TIMEOUT,
        retrying: true,
        pending: 1,
      },
      { target: 'posts:id:7', retrying: true, msg: 'Cache invalidation failed' },
    ],
  ])(
    'warns once in ten seconds of an event that may come with each request: $type',
    (event, line) => {
      const { lines, clock, emit } = setUp();
      for (let n = 0; n < 100; n += 1) emit(event);
      clock.ms = 10_000;
      emit(event);
      expect(lines).toMatchObject([
        { level: 'warn', ...line, suppressed: 0 },
        { level: 'warn', ...line, suppressed: 99 },
      ]);
    },
  );

  it('limits each kind of warning separately', () => {
    const { lines, emit } = setUp();
    emit({ type: 'mutation', outcome: 'refused', fencedMs: 0 });
    emit({ type: 'mutation', outcome: 'unknown', fencedMs: 9 });
    emit({ type: 'discarded', ...KEY, reason: 'codec' });
    emit({ type: 'discarded', key: 'posts:all', template: 'posts:all', reason: 'codec' });
    expect(lines).toHaveLength(4);
  });

  it.each<CacheEvent>([
    { type: 'fallback', ...KEY, error: OPEN },
    { type: 'mutation', outcome: 'applied', fencedMs: 3 },
    { type: 'outbox', pending: 0, lagMs: 0, dispatched: 0 },
    { type: 'fill-refused', ...KEY, reason: 'lease-lost' },
    { type: 'operation', operation: 'get', template: 'other', durationMs: 1 },
    {
      type: 'invalidation-failed',
      target: 'posts:all',
      template: 'posts:all',
      error: OPEN,
      retrying: true,
      pending: 1,
    },
  ])('does not log normal events, or events that already have a line: $type', (event) => {
    const { lines, emit } = setUp();
    emit(event);
    expect(lines).toEqual([]);
  });
});
