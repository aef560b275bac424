import { classifyDatabaseError } from '@relay/cache/outbox';
import type { Knex } from 'knex';
import type { Client } from 'pg';
import type { Logger } from 'pino';

import type { DatabaseMetrics } from '../metrics/postgres.ts';
import { createDatabaseBreaker, type DatabaseBreaker } from './circuit-breaker.ts';
import { DatabaseAwayError, reasonOf } from './errors.ts';
import { createSessions } from './session.ts';
import { observeStatements } from './statements.ts';

/** What is used of Knex' client, beside its public interface. */
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

/** The pool's hooks. They are given to Knex before there is a client to attach to. */
export interface Connections {
  afterCreate(client: Client, done: (error: null, client: Client) => void): void;
  validate(client: Client): boolean;
  attach(knex: Knex): void;
}

/** How long a server that may be away is waited for. */
const SUSPICION_MS = 1000;
/** Between two probes of a lost database. */
const RETRY_MS = 500;

/**
 * Watches over the connections of a pool: those that are lost are replaced, and none is given out
 * while the database is away. Transactions that have begun keep theirs.
 */
export function createConnections({
  connectTimeoutMs,
  measured,
  log,
}: ConnectionOptions): Connections {
  /** The breaker's count of openings at that time. None for a connection that is lost. */
  const openedDuring = new WeakMap<Client, number>();
  let breaker: DatabaseBreaker;

  return {
    afterCreate(client, done) {
      openedDuring.set(client, breaker.openings);
      observeStatements(client, {
        measured,
        onAnswer: breaker.answered,
        onAway: breaker.suspect,
        onLost: () => openedDuring.delete(client),
      });
      // An idle connection that the server ends is often the first sign.
      client.on('error', breaker.suspect);
      done(null, client);
    },
    validate(client) {
      return openedDuring.get(client) === breaker.openings;
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
          if (state === 'closed') log?.info('Postgres answers again');
        },
      });
      measured?.breakerIs(breaker.state);
      refuseWhileAway(client, breaker, openSession);
    },
  };
}

/** A server that refuses a connection for want of a free one is at work. */
async function probe(openSession: () => Promise<Client>): Promise<void> {
  try {
    const client = await openSession();
    void client.end().catch(() => undefined);
  } catch (error) {
    if (classifyDatabaseError(error).kind !== 'busy') throw error;
  }
}

function refuseWhileAway(
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
    breaker.guard(acquireOrSuspect, (late) => void client.releaseConnection(late));
  client.destroy = (callback) => {
    breaker.close();
    return destroy(callback);
  };
}

/** Whatever keeps a connection from being opened, the request may succeed later. */
function asUnavailable(error: unknown): unknown {
  return classifyDatabaseError(error).kind === 'other' ? new DatabaseAwayError(error) : error;
}
