import type { SqlRunner } from '@relay/cache/outbox';
import type { Pool, PoolClient } from 'pg';

/** A transaction of the workload: a connection that takes statements with a `?` for each binding. */
export type Tx = SqlRunner;

export function runnerOf(connection: Pool | PoolClient): Tx {
  return {
    raw(sql, bindings) {
      let count = 0;
      const numbered = sql.replaceAll('?', () => `$${(count += 1)}`);
      return connection.query(numbered, [...bindings]);
    },
  };
}
