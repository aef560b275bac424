import type { Outbox } from '@relay/cache';
import { postgresOutbox } from '@relay/cache/outbox';
import type { Pool } from 'pg';

import { runnerOf, type Tx } from './database.ts';

export function openOutbox(pool: Pool): Outbox<Tx> {
  return postgresOutbox<Tx>({
    db: {
      ...runnerOf(pool),
      async transaction(work) {
        const client = await pool.connect();
        try {
          await client.query('BEGIN');
          const result = await work(runnerOf(client));
          await client.query('COMMIT');
          return result;
        } catch (error) {
          await client.query('ROLLBACK').catch(() => {});
          throw error;
        } finally {
          client.release();
        }
      },
    },
  });
}
