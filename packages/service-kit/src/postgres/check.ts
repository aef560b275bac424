import { setTimeout as wait } from 'node:timers/promises';

import { classifyDatabaseError } from '@relay/cache/outbox';
import type { Knex } from 'knex';

import { reasonOf } from './errors.ts';
import { missingMigrations, type Schema } from './migrations.ts';

/** Whether the database can serve requests. `reason` is for operators. */
export type DatabaseHealth = { status: 'up' } | { status: 'down'; reason: string };

/** Less than the timeouts of the probes that call the health check. */
const TIMEOUT_MS = 1000;

/**
 * Creates a check that Postgres answers within a second, accepts writes, and has all migrations of this
 * version of the service. The check never throws.
 */
export function createDatabaseCheck(db: Knex, schema: Schema): () => Promise<DatabaseHealth> {
  let isMigrated = false;

  async function findFault(): Promise<string | undefined> {
    if (!isMigrated) {
      const [missing] = await missingMigrations(db, schema);
      if (missing !== undefined) return `the schema is not migrated: ${missing} is missing`;
      isMigrated = true;
    }
    const { rows } = await db
      .raw<{ rows: { readOnly: boolean }[] }>(READ_ONLY)
      .options({ queryName: 'ping' });
    return rows[0]?.readOnly ? 'the server is read-only' : undefined;
  }

  return async function checkDatabase() {
    const timeout = wait(TIMEOUT_MS, `no answer within ${TIMEOUT_MS} ms`, { ref: false });
    const fault = await Promise.race([findFault().catch(faultOf), timeout]);
    if (fault === undefined) return { status: 'up' };
    return { status: 'down', reason: `Postgres, schema ${schema.name}: ${fault}` };
  };
}

const READ_ONLY = `select current_setting('transaction_read_only') = 'on' as "readOnly"`;

/** SQLSTATE `undefined_table`, `invalid_schema_name`. */
const NO_TABLE = /^(42P01|3F000)$/;

function faultOf(error: unknown): string {
  const { code = '' } = classifyDatabaseError(error);
  return NO_TABLE.test(code) ? 'the schema is not migrated' : reasonOf(error);
}
