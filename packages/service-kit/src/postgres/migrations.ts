import { setTimeout as wait } from 'node:timers/promises';

import { classifyDatabaseError } from '@relay/cache/outbox';
import createKnex, { type Knex } from 'knex';
import { escapeLiteral } from 'pg';

import { OperatorError } from '../process/operator-error.ts';
import { KNEX_DEFAULTS, stripStatements } from './database.ts';
import { timeLimits } from './session.ts';

/**
 * One migration. Never rename a released one. The search path of its transaction is the schema; a migration
 * without a transaction qualifies its names with the schema.
 */
export interface Migration extends Knex.Migration {
  name: string;
  config?: { transaction?: boolean };
}

/** The database schema of one service. */
export interface Schema {
  name: string;
  migrations: readonly Migration[];
}

interface MigrateOptions {
  /** A role that may create schemas and, if the service has its own role, roles. */
  ownerUrl: string;
  /** The service's role with its password. May be the owner. */
  serviceUrl: string;
  schema: Schema;
  /** How long to wait for a concurrent migration of the same schema. */
  lockTimeoutMs?: number;
  /** How long a statement of a transactional migration may wait for a table lock. Default 2 seconds. */
  tableLockTimeoutMs?: number;
  /** How long to wait for an unreachable server. */
  connectWithinMs?: number;
  /**
   * The statement timeout of the service's role, from which its other time limits are derived: a
   * transaction pooler accepts none from a connection. Default: unset.
   */
  statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_MS = 500;
const LOCK_RETRY_MS = 100;

/**
 * The service's requests queue behind a statement that waits for a table lock. More than `deadlock_timeout`
 * (1 s), after which Postgres cancels a blocking autovacuum.
 */
const TABLE_LOCK_TIMEOUT_MS = 2000;

/** A failed migration, with the reason. */
export class MigrationError extends OperatorError {
  override readonly name = 'MigrationError';
}

/**
 * Applies the pending migrations as the schema's owner, and grants the service's role access to the rows of
 * the schema only. Creates that role if it does not exist. Safe to repeat and to run concurrently. Works
 * behind a transaction pooler. Fails if a table stays locked; run it again then.
 *
 * @returns the names of the applied migrations
 * @throws MigrationError
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { ownerUrl, schema, lockTimeoutMs = 60_000, connectWithinMs = 0 } = options;
  const knex = stripStatements(
    createKnex({
      client: 'pg',
      ...KNEX_DEFAULTS,
      connection: {
        connectionString: ownerUrl,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
      },
      // One connection holds the lock.
      pool: { min: 0, max: 2 },
    }),
  );
  try {
    await waitForServer(knex, connectWithinMs);
    const lock = { name: `relay migrate ${schema.name}`, timeoutMs: lockTimeoutMs };
    return await withLock(knex, lock, async () => {
      await knex.raw('create schema if not exists ??', [schema.name]);
      const applied = await applyAll(knex, schema, options.tableLockTimeoutMs);
      await grantAccess(knex, { ...options, schema: schema.name });
      return applied;
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`schema ${schema.name}: ${reason}`, { cause });
  } finally {
    await knex.destroy();
  }
}

/** The names of the pending migrations of this version of the service, in order. */
export async function missingMigrations(db: Knex, schema: Schema): Promise<string[]> {
  const rows: { name: string }[] = await db
    .withSchema(schema.name)
    .select('name')
    .from('migrations')
    .options({ queryName: 'migrations' });
  const applied = new Set(rows.map((row) => row.name));
  return schema.migrations.map(({ name }) => name).filter((name) => !applied.has(name));
}

/** Retries until the server accepts connections: server and migration may start together. */
async function waitForServer(knex: Knex, withinMs: number): Promise<void> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    try {
      await knex.raw('select 1');
      return;
    } catch (error) {
      if (!isTemporary(error) || performance.now() + RETRY_MS > endsAt) throw error;
      await wait(RETRY_MS);
    }
  }
}

/** A rejected login or database name is permanent. */
function isTemporary(error: unknown): boolean {
  const { kind, code = '' } = classifyDatabaseError(error);
  return (kind === 'away' || kind === 'busy') && !/^(28...|3D000)$/.test(code);
}

async function applyAll(
  knex: Knex,
  { name, migrations }: Schema,
  tableLockTimeoutMs = TABLE_LOCK_TIMEOUT_MS,
): Promise<string[]> {
  const source: Knex.MigrationSource<Migration> = {
    getMigrations: async () => [...migrations],
    getMigrationName: (migration) => migration.name,
    getMigration: async (migration) => ({
      ...migration,
      async up(trx) {
        if (migration.config?.transaction !== false) {
          await trx.raw('set local search_path to ??', [name]);
          await trx.raw(`set local lock_timeout = ${tableLockTimeoutMs}`);
        }
        await migration.up(trx);
      },
    }),
  };
  const config = {
    migrationSource: source,
    schemaName: name,
    tableName: 'migrations',
    // After a rollback, the older version finds newer migrations applied, and ignores them.
    disableMigrationsListValidation: true,
  };
  // Knex's own lock would survive a killed process; the advisory lock of `withLock` does not.
  await knex.migrate.forceFreeMigrationsLock(config);
  const [, applied] = (await knex.migrate.latest(config)) as [number, string[]];
  return applied;
}

interface Lock {
  name: string;
  timeoutMs: number;
}

/**
 * Holds an advisory lock while `work` runs. A separate transaction holds it, since behind a transaction
 * pooler a session lock would be another client's. The lock ends with the connection.
 */
function withLock<T>(knex: Knex, { name, timeoutMs }: Lock, work: () => Promise<T>): Promise<T> {
  return knex.transaction(async (holder) => {
    await holder.raw('set local idle_in_transaction_session_timeout = 0');
    const endsAt = performance.now() + timeoutMs;
    while (!(await tryLock(holder, name))) {
      if (performance.now() > endsAt) {
        throw new Error(`another migration has held the lock for more than ${timeoutMs} ms`);
      }
      await wait(LOCK_RETRY_MS);
    }
    return work();
  });
}

/**
 * Polls, without parameters: a waiting statement and the open portal of a parametrized one both keep a
 * snapshot, for which `create index concurrently` in the other migration would wait.
 */
async function tryLock(holder: Knex, name: string): Promise<boolean> {
  const key = `hashtextextended(${escapeLiteral(name)}, 0)`;
  const { rows } = await holder.raw(`select pg_try_advisory_xact_lock(${key}) as locked`);
  return rows[0].locked;
}

interface Access {
  ownerUrl: string;
  serviceUrl: string;
  schema: string;
  statementTimeoutMs?: number;
}

async function grantAccess(knex: Knex, access: Access): Promise<void> {
  const { ownerUrl, serviceUrl, schema, statementTimeoutMs } = access;
  const service = credentials(serviceUrl);
  if (service.user === credentials(ownerUrl).user) return;
  const known = await knex.raw('select 1 from pg_roles where rolname = ?', [service.user]);
  const verb = known.rows.length === 0 ? 'create' : 'alter';
  // A utility statement takes no parameters, so the driver quotes the literal.
  const password = escapeLiteral(service.password);
  await knex.raw(`${verb} role ?? login password ${password.replaceAll('?', String.raw`\?`)}`, [
    service.user,
  ]);
  await knex.raw('grant usage on schema ?? to ??', [schema, service.user]);
  await knex.raw('grant select, insert, update, delete on all tables in schema ?? to ??', [
    schema,
    service.user,
  ]);
  const limits: Record<string, number> =
    statementTimeoutMs === undefined ? {} : timeLimits(statementTimeoutMs);
  for (const [limit, ms] of Object.entries(limits)) {
    await knex.raw(`alter role ?? set ?? = ${ms}`, [service.user, limit]);
  }
  // The service may read which migrations are applied, not change it.
  await knex.raw('revoke insert, update, delete on ??.migrations, ??.migrations_lock from ??', [
    schema,
    schema,
    service.user,
  ]);
}

function credentials(url: string): { user: string; password: string } {
  const { username, password } = new URL(url);
  return { user: decodeURIComponent(username), password: decodeURIComponent(password) };
}
