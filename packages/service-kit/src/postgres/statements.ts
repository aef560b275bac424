import { classifyDatabaseError } from '@relay/cache/outbox';
import type { Client } from 'pg';

import type { DatabaseMetrics, SentStatement } from '../metrics/postgres.ts';

type QueryCallback = (error: Error | null, result?: unknown) => void;
type Query = (statement: SentStatement, callback: QueryCallback) => void;

interface StatementObserver {
  measured: DatabaseMetrics | undefined;
  /** The server answered, if with an error. */
  onAnswer(): void;
  /** The database did not execute the statement, or did not answer, and may be away. */
  onAway(): void;
  /** The connection must not be used again. */
  onLost(): void;
}

/** The driver gives up the query alone: the connection would wait for a server that may never answer. */
const SILENT = 'Query read timeout';

/** Follows each statement on a connection. Knex passes the options of a statement, its name among them. */
export function observeStatements(client: Client, observer: StatementObserver): void {
  const query = client.query.bind(client) as Query;
  const observed: Query = (statement, callback) => {
    const startedAtMs = performance.now();
    query(statement, (error, result) => {
      const failure = error ? classifyDatabaseError(error) : undefined;
      observer.measured?.statementEnded(statement, startedAtMs, failure);
      if (failure?.connectionLost) observer.onLost();
      if (failure?.kind === 'away') observer.onAway();
      else observer.onAnswer();
      if (error?.message === SILENT) client.end(() => callback(error));
      else callback(error, result);
    });
  };
  client.query = observed as Client['query'];
}
