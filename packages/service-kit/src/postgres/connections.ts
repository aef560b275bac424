import { classifyDatabaseError } from '@relay/cache/outbox';
import type { Knex } from 'knex';
import type { Client } from 'pg';
import type { Logger } from 'pino';

import type { DatabaseMetrics } from '../metrics/postgres.ts';
import { createDatabaseBreaker, type DatabaseBreaker } from './circuit-breaker.ts';
import { DatabaseAwayError, reasonOf } from './errors.ts';
import { createSessions } from './session.ts';
import { observeStatements } from './statements.ts';

/** The internals of Knex's client that are used here. */
interface KnexClient {
  connectionSettings: Record<string, unknown>;
  acquireConnection(): Promise<Client>;
  releaseConnection(connection: Client): Promise<void>;
  acquireRawConnection(): Promise<Client>;
  destroy(callback?: () => void): Promise<void>;
}

interface ConnectionOptions {
  connectTimeoutMs: number;
  measured: DatabaseMetrics | undefined;
  log: Logger | undefined;
}

/** Hooks of the pool. Knex takes them before its client exists, hence `attach`. */
export interface Connections {
  afterCreate(client: Client, done: (error: null, client: Client) => void): void;
  validate(client: Client): boolean;
  attach(knex: Knex): void;
}

/** How long to wait for the first probe after a failure. */
const SUSPICION_MS = 1000;
/** The interval between probes of an unreachable database. */
const RETRY_MS = 500;

/**
 * Guards the connections of a pool: replaces lost ones, and rejects requests for a connection while the
 * circuit breaker is open. Transactions that have begun keep their connection.
 */
export function createConnections({
  connectTimeoutMs,
  measured,
  log,
}: ConnectionOptions): Connections {
  /** The breaker's `openings` at the time of the connection. Lost connections have no entry. */
  const openingsAtConnect = new WeakMap<Client, number>();
  let breaker: DatabaseBreaker;

  return {
    afterCreate(client, done) {
      openingsAtConnect.set(client, breaker.openings);
      observeStatements(client, {
        measured,
        onAnswer: breaker.answered,
        onAway: breaker.suspect,
        onLost: () => openingsAtConnect.delete(client),
      });
      // The server closing an idle connection is often the first sign of an outage.
      client.on('error', breaker.suspect);
      done(null, client);
    },
    validate(client) {
      return openingsAtConnect.get(client) === breaker.openings;
    },
    attach(knex) {
      const client = knex.client as KnexClient;
      const openSession = createSessions({
        open: client.acquireRawConnection.bind(client),
        settings: () => client.connectionSettings,
        timeoutMs: connectTimeoutMs,
        log,
      });
      breaker = createDatabaseBreaker({
        probe: async () => probe(openSession),
        suspicionMs: SUSPICION_MS,
        retryMs: RETRY_MS,
        onLost: (error) => log?.warn({ reason: reasonOf(error) }, 'Postgres lost'),
        onState(state) {
          measured?.breakerIs(state);
          if (state === 'closed') log?.info('Postgres recovered');
        },
      });
      measured?.breakerIs(breaker.state);
      guardConnections(client, breaker, openSession);
    },
  };
}

/** A server that has no free connection is reachable. */
async function probe(openSession: () => Promise<Client>): Promise<void> {
  try {
    const client = await openSession();
    void client.end().catch(() => undefined);
  } catch (error) {
    if (classifyDatabaseError(error).kind !== 'busy') throw error;
  }
}

function guardConnections(
  client: KnexClient,
  breaker: DatabaseBreaker,
  openSession: () => Promise<Client>,
): void {
  const acquire = client.acquireConnection.bind(client);
  const destroy = client.destroy.bind(client);

  client.acquireRawConnection = async () => {
    try {
      return await openSession();
    } catch (error) {
      breaker.suspect();
      throw asUnavailable(error);
    }
  };
  const acquireOrSuspect = async () => {
    try {
      return await acquire();
    } catch (error) {
      breaker.suspect();
      throw error;
    }
  };
  client.acquireConnection = () =>
    breaker.guard(acquireOrSuspect, (connection) => void client.releaseConnection(connection));
  client.destroy = (callback) => {
    breaker.close();
    return destroy(callback);
  };
}

/** Every failure to connect is temporary: the request may succeed later. */
function asUnavailable(error: unknown): unknown {
  return classifyDatabaseError(error).kind === 'other' ? new DatabaseAwayError(error) : error;
}
