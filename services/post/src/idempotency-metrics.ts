import type { MetricsContext } from '@relay/service-kit/metrics/latency';
import { Counter } from 'prom-client';

import type { IdempotencyStore } from './idempotency-store.ts';

const RESULTS = ['new', 'replayed', 'mismatched', 'under-way'] as const;

/** Counts claims and deletions of idempotency keys. */
export interface IdempotencyMetrics {
  store<Store extends Pick<IdempotencyStore, 'claim'>>(store: Store): Store;
  /** Counts deleted expired keys. */
  deleted(count: number): void;
}

export function createIdempotencyMetrics({
  registry,
}: Pick<MetricsContext, 'registry'>): IdempotencyMetrics {
  const registers = [registry];
  const claims = new Counter({
    name: 'post_idempotency_keys_total',
    help: 'Requests with an Idempotency-Key, by the state of the key',
    labelNames: ['result'],
    registers,
  });
  for (const result of RESULTS) claims.inc({ result }, 0);
  const deletions = new Counter({
    name: 'post_idempotency_keys_deleted_total',
    help: 'Expired idempotency keys that this process has deleted',
    registers,
  });

  return {
    store: (store) => ({
      ...store,
      async claim(request) {
        const used = await store.claim(request);
        claims.inc({ result: resultOf(used, request.fingerprint) });
        return used;
      },
    }),
    deleted: (count) => deletions.inc(count),
  };
}

function resultOf(
  used: Awaited<ReturnType<IdempotencyStore['claim']>>,
  fingerprint: Buffer,
): (typeof RESULTS)[number] {
  if (used === undefined) return 'new';
  if (used === 'under-way') return 'under-way';
  return used.fingerprint.equals(fingerprint) ? 'replayed' : 'mismatched';
}
