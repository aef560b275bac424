import type { DatabaseFailure } from '@relay/cache/outbox';
import { Counter, Gauge } from 'prom-client';

import type { DatabaseBreakerState } from '../postgres/circuit-breaker.ts';
import { createLatency, type MetricsContext } from './latency.ts';
import { postgresBreakerMetrics } from './postgres-breaker.ts';

/** Names that every service has; `other` is a statement without one, or with one not announced. */
const COMMON_QUERIES = ['ping', 'migrations', 'begin', 'commit', 'rollback', 'other'];

/** What knex sends for a transaction, which has no place for a name. */
const TRANSACTION_STEPS = new Map([
  ['BEGIN;', 'begin'],
  ['COMMIT;', 'commit'],
  ['ROLLBACK', 'rollback'],
]);

/** The name of a library's statement, in a comment at its start or after its first word. */
const COMMENTED_NAME = /^\s*(?:\w+\s+)?\/\* ([\w.]+) \*\//;

const QUERY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
const WAIT_BUCKETS_SECONDS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** What is used of knex' pool (tarn). `id` is that of one wait for a connection. */
interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  on(event: `acquire${'Request' | 'Success' | 'Fail'}`, listener: (id: number) => void): void;
}

/** A statement as it is handed to a connection. */
export interface SentStatement {
  text: string;
  /** Given with `.options(named('posts.list'))`; without it, a comment may give one. */
  queryName?: string;
}

/** Measures one pool and the statements on its connections. */
export interface DatabaseMetrics {
  watchPool(pool: Pool): void;
  /** @param failure what came instead of an answer */
  statementEnded(
    statement: SentStatement,
    startedAtMs: number,
    failure: DatabaseFailure | undefined,
  ): void;
  breakerIs(state: DatabaseBreakerState): void;
}

interface DatabaseOptions {
  /** The pool's label. */
  pool: string;
  maxConnections: number;
  /** All names that statements are given. */
  queries: readonly string[];
}

/** Once per pool of the process. */
export type PostgresMetrics = (options: DatabaseOptions) => DatabaseMetrics;

/** Statements by name, and the pools' connections and waits. */
export function postgresMetrics(context: MetricsContext): PostgresMetrics {
  const latency = createLatency(context, {
    name: 'postgres_query_duration_seconds',
    help: 'How long a statement took on its connection, without the wait for one',
    labelNames: ['query'],
    buckets: QUERY_BUCKETS_SECONDS,
  });
  const failures = new Counter({
    name: 'postgres_query_failures_total',
    help: 'Statements that got an error for an answer, or none; a broken constraint is an answer',
    labelNames: ['query'],
    registers: [context.registry],
  });
  const watchPool = poolMetrics(context);
  const showBreaker = postgresBreakerMetrics(context);
  const series = new Map<string, { observe: (seconds: number) => void; fail: () => void }>();
  function announce(query: string): void {
    if (series.has(query)) return;
    failures.inc({ query }, 0);
    const { inc } = failures.labels({ query });
    series.set(query, { observe: latency({ query }), fail: () => inc() });
  }
  for (const query of COMMON_QUERIES) announce(query);

  return ({ pool, maxConnections, queries }) => {
    for (const query of queries) announce(query);
    return {
      watchPool: (watched) => watchPool(watched, { pool, maxConnections }),
      breakerIs: showBreaker(pool),
      statementEnded({ queryName, text }, startedAtMs, failure) {
        const { observe, fail } = series.get(nameOf(text, queryName)) ?? series.get('other')!;
        observe((performance.now() - startedAtMs) / 1000);
        if (failure && failure.kind !== 'constraint') fail();
      },
    };
  };
}

function nameOf(text: string, queryName: string | undefined): string {
  return queryName ?? TRANSACTION_STEPS.get(text) ?? COMMENTED_NAME.exec(text)?.[1] ?? 'other';
}

function poolMetrics(context: MetricsContext) {
  const registers = [context.registry];
  const pools = new Map<string, Pool>();
  const connections = new Gauge({
    name: 'postgres_pool_connections',
    help: 'Open connections of the pool, by whether they are in use',
    labelNames: ['pool', 'state'],
    registers,
    collect() {
      for (const [pool, watched] of pools) {
        connections.set({ pool, state: 'used' }, watched.numUsed());
        connections.set({ pool, state: 'idle' }, watched.numFree());
      }
    },
  });
  const limits = new Gauge({
    name: 'postgres_pool_max_connections',
    help: 'Connections that the pool may open',
    labelNames: ['pool'],
    registers,
  });
  const waiting = new Gauge({
    name: 'postgres_pool_pending_acquires',
    help: 'Calls that wait for a connection now',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, watched] of pools) waiting.set({ pool }, watched.numPendingAcquires());
    },
  });
  const latency = createLatency(context, {
    name: 'postgres_pool_wait_duration_seconds',
    help: 'How long a call waited for a connection, one that had to be opened and one in vain included',
    labelNames: ['pool'],
    buckets: WAIT_BUCKETS_SECONDS,
  });
  const failures = new Counter({
    name: 'postgres_pool_acquire_failures_total',
    help: 'Calls that got no connection: none came free in time, or none could be opened',
    labelNames: ['pool'],
    registers,
  });

  return (watched: Pool, { pool, maxConnections }: { pool: string; maxConnections: number }) => {
    pools.set(pool, watched);
    limits.set({ pool }, maxConnections);
    failures.inc({ pool }, 0);
    const observe = latency({ pool });
    const startedAtMs = new Map<number, number>();
    function ended(id: number): void {
      observe((performance.now() - (startedAtMs.get(id) ?? performance.now())) / 1000);
      startedAtMs.delete(id);
    }
    watched.on('acquireRequest', (id) => startedAtMs.set(id, performance.now()));
    watched.on('acquireSuccess', ended);
    watched.on('acquireFail', (id) => {
      ended(id);
      failures.inc({ pool });
    });
  };
}
