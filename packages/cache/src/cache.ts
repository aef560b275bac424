import { randomBytes, randomUUID } from 'node:crypto';

import type { Cache, CacheHealth, CacheOptions } from './api.ts';
import {
  createInvalidator,
  type Invalidator,
  type OnInvalidated,
} from './invalidate/invalidator.ts';
import { createMutator, type Mutator } from './invalidate/mutation.ts';
import { createKeyResolver, type KeyResolver } from './keys/resolver.ts';
import { createEvents, type Events } from './observe/events.ts';
import { createStats } from './observe/stats.ts';
import { traced } from './observe/traced.ts';
import { resolveOptions, type ResolvedOptions } from './options.ts';
import { createKeyReader, type KeyReader } from './read/key-reader.ts';
import { createLoads } from './read/loads.ts';
import { createLocalTier, type LocalTier } from './read/local-tier.ts';
import { createReader } from './read/reader.ts';
import { createStoreCalls } from './read/store-calls.ts';
import { createCircuitBreaker, type CircuitBreaker } from './resilience/circuit-breaker.ts';
import { createOriginLimit } from './resilience/origin-limit.ts';
import { createStoreHealth } from './resilience/store-health.ts';

/** How long `close` tries to repeat failed invalidations. */
const FLUSH_MS = 1000;

/**
 * Puts a cache in front of anything that can be loaded.
 *
 * @throws CacheUsageError that lists every option that is wrong
 */
export function createCache<Tx = never>(options: CacheOptions<Tx>): Cache<Tx> {
  const resolved = resolveOptions(options);
  const stats = createStats();
  const parts = assemble(resolved, createEvents([stats.listener, ...resolved.listeners]));
  const { store, outbox, bus, tracing, operationTimeoutMs } = resolved;
  const { events, breaker, keys, reads, invalidator, mutator, local } = parts;

  const stopWatching = store.onReplaced(() => {
    events.emit({ type: 'store-replaced' });
    local?.drop();
    outbox?.replay();
  });
  let lastLook: CacheHealth['outbox'] = null;
  outbox?.start({
    canApply: () => breaker.state === 'closed',
    apply: mutator.applyRow,
    onLook: (look) => {
      lastLook = { pending: look.pending, lagMs: look.lagMs };
      events.emit({ type: 'outbox', ...look });
    },
    onError: (error) => events.emit({ type: 'outbox-failed', error }),
  });

  const storeHealth = createStoreHealth({ store, breaker, events, timeoutMs: operationTimeoutMs });

  const cache: Cache<Tx> = {
    ...reads,
    mutate: mutator.mutate,
    invalidate: (...refs) => invalidator.invalidate(refs),
    invalidateCache: (...targets) => invalidator.invalidate(targets),
    stats: stats.read,
    async health() {
      return {
        ...(await storeHealth.check()),
        breaker: breaker.state,
        stats: stats.read(),
        outbox: lastLook,
      };
    },
    on: events.on,
    async close() {
      stopWatching();
      storeHealth.close();
      const lost = await invalidator.flush({ deadlineMs: FLUSH_MS });
      if (lost > 0) events.emit({ type: 'invalidations-lost', count: lost });
      invalidator.close();
      await outbox?.close();
      local?.close();
      await bus?.close();
      breaker.close();
      await store.close();
    },
  };
  return tracing ? traced(cache, tracing, keys) : cache;
}

interface Parts<Tx> {
  events: Events;
  breaker: CircuitBreaker;
  keys: KeyResolver;
  reads: KeyReader;
  invalidator: Invalidator;
  mutator: Mutator<Tx>;
  local: LocalTier | undefined;
}

function assemble<Tx>(options: ResolvedOptions<Tx>, events: Events): Parts<Tx> {
  const { store, operationTimeoutMs: timeoutMs, leaseMs, retryMs } = options;
  const { random } = Math;
  const keys = createKeyResolver(options.definitions);
  const { templateOf } = keys;
  const breaker = createCircuitBreaker({
    store,
    events,
    timeoutMs,
    failureThreshold: options.failureThreshold,
    retryMs,
  });
  const local =
    options.bus &&
    createLocalTier({
      bus: options.bus,
      maxBytes: options.localMaxBytes,
      events,
      processId: randomUUID(),
    });
  const onInvalidated: OnInvalidated = (target) => local?.invalidate([target]);
  const invalidator = createInvalidator({
    store,
    breaker,
    events,
    templateOf,
    onInvalidated,
    timeoutMs,
    patternTimeoutMs: options.patternTimeoutMs,
    retryMs,
    maxPending: options.maxPendingInvalidations,
  });
  const mutator = createMutator({
    store,
    breaker,
    events,
    outbox: options.outbox,
    templateOf,
    consistency: options.consistency,
    fenceMs: options.fenceMs,
    operationTimeoutMs: timeoutMs,
    now: monotonicNow,
    newId: randomUUID,
    onInvalidated,
    onPending: invalidator.repeatLater,
  });
  const calls = createStoreCalls({ store, breaker, timeoutMs, leaseMs, newToken });
  const reader = createReader({
    store,
    calls,
    loads: createLoads({ calls, events, leaseMs, random }),
    events,
    originLimit: createOriginLimit({
      concurrency: options.originConcurrency,
      queue: options.originQueue,
    }),
    isSuspect: invalidator.isSuspect,
    local,
    storeMs: timeoutMs,
    random,
  });
  return {
    events,
    breaker,
    keys,
    reads: createKeyReader({ reader, keys }),
    invalidator,
    mutator,
    local,
  };
}

/** 96 bits: no two leases ever share a token. */
function newToken(): string {
  return randomBytes(12).toString('base64url');
}

function monotonicNow(): number {
  return performance.now();
}
