import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';

import { authSchema } from '@relay/auth';
import { startPostgres, supervise } from '@relay/dev-servers';
import { postSchema } from '@relay/post';
import { migrate, MigrationError } from '@relay/service-kit/postgres/migrations';
import { ConfigError } from '@relay/service-kit/process/config';
import { Client } from 'pg';
import { z } from 'zod';

import { UserError } from '../../kit/cli.ts';
import { npmCommand, relayFiles } from './folder.ts';

/** A migrated database, and the URL of each service. */
export interface LocalDatabase {
  /** The database for a person, without a password. */
  described: string;
  /** Of the role that may change the schemas. */
  ownerUrl: string;
  authUrl: string;
  postUrl: string;
}

interface DatabaseOptions {
  dir: string;
  /** A database of the user's own; else one is started. */
  ownerUrl: string | undefined;
  defer: (stop: () => Promise<void>) => void;
  log: (message: string) => void;
  /** Receives messages about the server while Relay runs. */
  warn: (message: string) => void;
}

/**
 * Finds or starts Postgres, and migrates both schemas.
 *
 * @throws DevServerError, UserError, MigrationError, ConfigError
 */
export async function prepareDatabase(options: DatabaseOptions): Promise<LocalDatabase> {
  const { dir } = options;
  const { ownerUrl, described } = options.ownerUrl
    ? { ownerUrl: options.ownerUrl, described: `DATABASE_URL at ${new URL(options.ownerUrl).host}` }
    : await startEmbedded(options);
  const passwords = await readPasswords(dir);
  const authUrl = asRole(ownerUrl, 'relay_auth', passwords.auth);
  const postUrl = asRole(ownerUrl, 'relay_post', passwords.post);
  try {
    await migrate({ ownerUrl, serviceUrl: authUrl, schema: authSchema });
    await migrate({ ownerUrl, serviceUrl: postUrl, schema: postSchema });
    if (!options.ownerUrl) await readEveryTable(ownerUrl);
  } catch (cause) {
    if (!options.ownerUrl) throw damaged(dir, cause);
    if (!(cause instanceof MigrationError)) throw cause;
    throw new ConfigError(`DATABASE_URL: ${cause.message}`, { cause });
  }
  return { described, ownerUrl, authUrl, postUrl };
}

async function startEmbedded(options: Omit<DatabaseOptions, 'ownerUrl'>) {
  const { dir, defer, log, warn } = options;
  const dataDir = relayFiles(dir).postgres;
  const postgres = await startPostgres({ dataDir, log });
  const { port } = postgres;
  const start = () => startPostgres({ dataDir, port, log: warn });
  const supervised = supervise({ name: 'Postgres', first: postgres, start, log: warn });
  defer(() => supervised.stop());
  // As root, and in a folder that only root can enter, the data are where Postgres' user can enter.
  const isElsewhere = (await realpath(dataDir).catch(() => undefined)) !== postgres.dataDir;
  const place = isElsewhere ? `, data in ${postgres.dataDir}` : '';
  const described = `embedded PostgreSQL 17 at 127.0.0.1:${port}${place}`;
  return { ownerUrl: postgres.url, described };
}

/**
 * Finds deleted files of the database: Postgres starts without them.
 *
 * @throws the error of the first table without its file
 */
async function readEveryTable(ownerUrl: string): Promise<void> {
  const client = new Client({ connectionString: ownerUrl });
  client.on('error', () => {});
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
       where schemaname in ($1, $2)`,
      [authSchema.name, postSchema.name],
    );
    for (const { name } of rows) await client.query(`select from ${name} limit 1`);
  } finally {
    await client.end();
  }
}

function damaged(dir: string, cause: unknown): UserError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    `Postgres runs on ${relayFiles(dir).postgres}, but its data cannot be used: ${reason}\n` +
      `If files of it were deleted, begin with an empty database: ${npmCommand(dir, 'run reset')}`,
    { cause },
  );
}

const passwordsSchema = z.object({ auth: z.string(), post: z.string() });

/** The services' passwords: generated once, and set on the roles by each migration. */
async function readPasswords(dir: string): Promise<z.output<typeof passwordsSchema>> {
  const file = relayFiles(dir).passwords;
  const fresh = { auth: randomPassword(), post: randomPassword() };
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(file, JSON.stringify(fresh), { mode: 0o600, flag: 'wx' }).catch(unlessExists);
    return passwordsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    // Safe to delete: each start sets the roles' passwords from it. The message leaves out the content,
    // which is a password.
    throw new ConfigError(`RELAY_DIR: ${file} cannot be used. Delete it, or make it writable.`, {
      cause,
    });
  }
}

function unlessExists(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error;
}

const randomPassword = () => randomBytes(24).toString('base64url');

function asRole(ownerUrl: string, role: string, password: string): string {
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = password;
  return url.href;
}
