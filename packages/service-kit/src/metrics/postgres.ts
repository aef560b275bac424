import type { DatabaseFailure } from '@relay/cache/outbox';
import { Counter, Gauge } from 'prom-client';

import { createLatency, type MetricsContext } from './latency.ts';
import { postgresBreakerMetrics, type BreakerState } from './postgres-breaker.ts';

/** Query names of every service; `other` stands for statements without a known name. */
const COMMON_QUERIES = ['ping', 'migrations', 'begin', 'commit', 'rollback', 'other'];

/** The statements that Knex sends for a transaction, which cannot carry a name. */
const TRANSACTION_STEPS = new Map([
  ['BEGIN;', 'begin'],
  ['COMMIT;', 'commit'],
  ['ROLLBACK', 'rollback'],
]);

/** The query name in a comment, before or after the first word of a library's statement. */
const COMMENTED_NAME = /^\s*(?:\w+\s+)?\/\* ([\w.]+) \*\//;

const QUERY_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5,
];
const WAIT_BUCKETS_SECONDS = [0.0001, 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** The part of Knex's pool (tarn) that is used here. `id` identifies one wait for a connection. */
interface Pool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  on(event: `acquire${'Request' | 'Success' | 'Fail'}`, listener: (id: number) => void): void;
}

/** A statement as a connection receives it. */
export interface SentStatement {
  text: string;
  /** Set by `.options({ queryName: 'posts.list' })`; otherwise a comment may contain one. */
  queryName?: string;
}

/** Measures one pool and the statements on its connections. */
export interface DatabaseMetrics {
  watchPool(pool: Pool): void;
  /** @param failure the classified error; `undefined` after success */
  statementEnded(
    statement: SentStatement,
    startedAtMs: number,
    failure: DatabaseFailure | undefined,
  ): void;
  breakerIs(state: BreakerState): void;
}

interface DatabaseOptions {
  /** The pool's label. */
  pool: string;
  maxConnections: number;
  /** The query names of the statements. */
  queries: readonly string[];
}

/** Starts the metrics of one pool. */
export type PostgresMetrics = (options: DatabaseOptions) => DatabaseMetrics;

/** Metrics of statements by query name, and of each pool's connections and waits. */
export function postgresMetrics(context: MetricsContext): PostgresMetrics {
  const latency = createLatency(context, {
    name: 'postgres_query_duration_seconds',
    help: 'Duration of a statement, without the wait for a connection',
    labelNames: ['query'],
    buckets: QUERY_BUCKETS_SECONDS,
  });
  const failures = new Counter({
    name: 'postgres_query_failures_total',
    help: 'Statements that failed or got no response; constraint violations are not counted',
    labelNames: ['query'],
    registers: [context.registry],
  });
  const watchPool = poolMetrics(context);
  const watchBreaker = postgresBreakerMetrics(context);
  const series = new Map<string, { observe: (seconds: number) => void; fail: () => void }>();
  function startSeries(query: string): void {
    if (series.has(query)) return;
    failures.inc({ query }, 0);
    const { inc } = failures.labels({ query });
    series.set(query, { observe: latency({ query }), fail: () => inc() });
  }
  for (const query of COMMON_QUERIES) startSeries(query);

  return ({ pool, maxConnections, queries }) => {
    for (const query of queries) startSeries(query);
    return {
      watchPool: (watched) => watchPool(watched, { pool, maxConnections }),
      breakerIs: watchBreaker(pool),
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
    help: 'Maximum connections of the pool',
    labelNames: ['pool'],
    registers,
  });
  const waiting = new Gauge({
    name: 'postgres_pool_pending_acquires',
    help: 'Calls waiting for a connection',
    labelNames: ['pool'],
    registers,
    collect() {
      for (const [pool, watched] of pools) waiting.set({ pool }, watched.numPendingAcquires());
    },
  });
  const latency = createLatency(context, {
    name: 'postgres_pool_wait_duration_seconds',
    help: 'Wait for a connection, including the time to open one and failed waits',
    labelNames: ['pool'],
    buckets: WAIT_BUCKETS_SECONDS,
  });
  const failures = new Counter({
    name: 'postgres_pool_acquire_failures_total',
    help: 'Calls that got no connection, because of a timeout or a failed connection attempt',
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
