import { setTimeout as wait } from 'node:timers/promises';

import { classifyDatabaseError } from '@relay/cache/outbox';
import createKnex, { type Knex } from 'knex';
import { escapeLiteral } from 'pg';

import { KNEX_MANNERS, named, withoutStatements } from './database.ts';
import { timeLimits } from './session.ts';

/**
 * One step of a schema. A name is never changed once it has been released. The search path of its
 * transaction is the schema; a step that asks for none names its schema itself.
 */
export interface Migration extends Knex.Migration {
  name: string;
  config?: { transaction?: boolean };
}

/** A schema that belongs to one service. */
export interface Schema {
  name: string;
  migrations: readonly Migration[];
}

interface MigrateOptions {
  /** A role that may create schemas and, if the service has a role of its own, roles. */
  ownerUrl: string;
  /** The role as which the service connects, with its password. May be the owner's. */
  serviceUrl: string;
  schema: Schema;
  /** How long another migration of the same schema may take. */
  lockTimeoutMs?: number;
  /** How long a statement of a transactional step may wait for a lock on a table. Default 2 seconds. */
  tableLockTimeoutMs?: number;
  /** How long to wait for a server that cannot be reached yet. */
  connectWithinMs?: number;
  /**
   * The time limit of the service's statements, and of what follows from it, set for its role: a
   * transaction pooler takes none from a connection. Default: none is set.
   */
  statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 10_000;
const RETRY_MS = 500;
const LOCK_RETRY_MS = 100;

/**
 * The requests of the service queue behind a statement that waits. More than `deadlock_timeout`
 * (1 s), after which Postgres cancels an autovacuum that is in the way.
 */
const TABLE_LOCK_TIMEOUT_MS = 2000;

/** Says why a database could not be migrated. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError';
}

/**
 * Brings a schema to its newest form, as its owner, and gives the service's role what it needs to
 * read and write rows there and nothing more: it owns no table and reaches no other schema. Makes
 * that role if there is none. Safe to repeat, and to run twice at once. Works behind a transaction
 * pooler. Fails if a table stays locked: repeat it then.
 *
 * @returns the names of the migrations that were applied
 * @throws MigrationError
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { ownerUrl, schema, lockTimeoutMs = 60_000, connectWithinMs = 0 } = options;
  const knex = withoutStatements(
    createKnex({
      client: 'pg',
      ...KNEX_MANNERS,
      connection: {
        connectionString: ownerUrl,
        connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
        keepAlive: true,
      },
      // One holds the lock.
      pool: { min: 0, max: 2 },
    }),
  );
  try {
    await reach(knex, connectWithinMs);
    const lock = { name: `relay migrate ${schema.name}`, timeoutMs: lockTimeoutMs };
    return await withLock(knex, lock, async () => {
      await knex.raw('create schema if not exists ??', [schema.name]);
      const applied = await applyAll(knex, schema, options.tableLockTimeoutMs);
      await allowService(knex, { ...options, schema: schema.name });
      return applied;
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`schema ${schema.name}: ${reason}`, { cause });
  } finally {
    await knex.destroy();
  }
}

/** The migrations of this version of the service that have not been applied, in order. */
export async function missingMigrations(db: Knex, schema: Schema): Promise<string[]> {
  const rows: { name: string }[] = await db
    .withSchema(schema.name)
    .select('name')
    .from('migrations')
    .options(named('migrations'));
  const applied = new Set(rows.map((row) => row.name));
  return schema.migrations.map(({ name }) => name).filter((name) => !applied.has(name));
}

/** Waits for a server that is still starting: it and the migration may be started together. */
async function reach(knex: Knex, withinMs: number): Promise<void> {
  const endsAt = performance.now() + withinMs;
  for (;;) {
    try {
      await knex.raw('select 1');
      return;
    } catch (error) {
      if (!mayPass(error) || performance.now() + RETRY_MS > endsAt) throw error;
      await wait(RETRY_MS);
    }
  }
}

/** A server that refuses the login or the database will go on to do so. */
function mayPass(error: unknown): boolean {
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
    // After a rollback, the older version finds migrations that it does not know, and leaves them.
    disableMigrationsListValidation: true,
  };
  // knex' own lock outlives a process that was killed. Ours does not, and we hold it.
  await knex.migrate.forceFreeMigrationsLock(config);
  const [, applied] = (await knex.migrate.latest(config)) as [number, string[]];
  return applied;
}

interface Lock {
  name: string;
  timeoutMs: number;
}

/**
 * Holds a lock of the server while `work` runs, in a transaction of its own: behind a transaction
 * pooler a session is not ours to lock with. It ends with the connection.
 */
function withLock<T>(knex: Knex, { name, timeoutMs }: Lock, work: () => Promise<T>): Promise<T> {
  return knex.transaction(async (holder) => {
    await holder.raw('set local idle_in_transaction_session_timeout = 0');
    const endsAt = performance.now() + timeoutMs;
    while (!(await tryLock(holder, name))) {
      if (performance.now() > endsAt) {
        throw new Error(`another migration holds the lock for more than ${timeoutMs} ms`);
      }
      await wait(LOCK_RETRY_MS);
    }
    return work();
  });
}

/**
 * Neither a statement that waits nor one with parameters, whose portal stays open: both have a
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

async function allowService(knex: Knex, access: Access): Promise<void> {
  const { ownerUrl, serviceUrl, schema, statementTimeoutMs } = access;
  const service = credentials(serviceUrl);
  if (service.user === credentials(ownerUrl).user) return;
  const known = await knex.raw('select 1 from pg_roles where rolname = ?', [service.user]);
  const verb = known.rows.length === 0 ? 'create' : 'alter';
  // A utility statement takes no parameters: the literal is quoted by the driver.
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
  // Which migrations were applied is the service's to read, not to write.
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
