import { classifyDatabaseError } from '@relay/cache/outbox';
import type { Client } from 'pg';

import type { DatabaseMetrics, SentStatement } from '../metrics/postgres.ts';

type QueryCallback = (error: Error | null, result?: unknown) => void;
type Query = (statement: SentStatement, callback: QueryCallback) => void;

interface StatementObserver {
  measured: DatabaseMetrics | undefined;
  /** The server responded, possibly with an error. */
  onAnswer(): void;
  /** The statement was not executed or got no response: the database may be unreachable. */
  onAway(): void;
  /** The connection must not be reused. */
  onLost(): void;
}

/** On this error the driver abandons the query only; close its connection, which would wait on. */
const READ_TIMEOUT = 'Query read timeout';

/** Observes each statement of a connection. Knex passes the options of a statement through, `queryName` included. */
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
      if (error?.message === READ_TIMEOUT) client.end(() => callback(error));
      else callback(error, result);
    });
  };
  client.query = observed as Client['query'];
}
