import type { Outbox, OutboxDispatch, OutboxRow } from '@relay/cache';
import type { Pool } from 'pg';

import type { Tx } from '../database.ts';

const LOOK_MS = 200;

/**
 * Reads rows after the last id it has seen. Ids are given out before the commit, so that a
 * transaction that commits later than one with a higher id is never seen.
 */
export function createCursorOutbox(pool: Pool): Outbox<Tx> {
  let last: string | undefined;
  let timer: NodeJS.Timeout | undefined;

  async function look(dispatch: OutboxDispatch): Promise<void> {
    last ??= await highestId(pool);
    const sql = 'SELECT id, fence, targets FROM cursor_outbox WHERE id > $1 ORDER BY id LIMIT 500';
    const { rows } = await pool.query<StoredRow>(sql, [last]);
    for (const { id, fence, targets } of rows) {
      await dispatch.apply({ id: fence, targets });
      last = id;
    }
  }

  return {
    async append(tx, { id, targets }) {
      const sql = 'INSERT INTO cursor_outbox (fence, targets) VALUES (?, ?)';
      await tx.raw(sql, [id, JSON.stringify(targets)]);
    },
    markApplied() {},
    mayHaveCommitted: () => true,
    start(dispatch) {
      let isBusy = false;
      timer = setInterval(() => {
        if (isBusy) return;
        isBusy = true;
        void look(dispatch)
          .catch((error: unknown) => dispatch.onError(error))
          .finally(() => (isBusy = false));
      }, LOOK_MS);
    },
    replay() {},
    close() {
      clearInterval(timer);
      return Promise.resolve();
    },
  };
}

interface StoredRow {
  id: string;
  fence: string;
  targets: OutboxRow['targets'];
}

async function highestId(pool: Pool): Promise<string> {
  const { rows } = await pool.query<{ last: string }>(
    'SELECT coalesce(max(id), 0)::text AS last FROM cursor_outbox',
  );
  return rows[0]!.last;
}
