import { randomBytes } from 'node:crypto';
import { mkdir, readFile, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { authSchema } from '@relay/auth';
import { startPostgres } from '@relay/local';
import { postSchema } from '@relay/post';
import { ConfigError, migrate, MigrationError } from '@relay/service-kit';
import { z } from 'zod';

/** A migrated database, and each service's way to it. */
export interface LocalDatabase {
  /** For people: which one it is, without a password. */
  described: string;
  /** May change the schemas. */
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
}

/**
 * Finds or starts Postgres, and brings both schemas to their newest form.
 *
 * @throws LocalServiceError, MigrationError, ConfigError
 */
export async function prepareDatabase(options: DatabaseOptions): Promise<LocalDatabase> {
  const { dir, defer, log } = options;
  const { ownerUrl, described } = options.ownerUrl
    ? { ownerUrl: options.ownerUrl, described: `DATABASE_URL at ${new URL(options.ownerUrl).host}` }
    : await startEmbedded({ dir, defer, log });
  const passwords = await readPasswords(dir);
  const authUrl = asRole(ownerUrl, 'relay_auth', passwords.auth);
  const postUrl = asRole(ownerUrl, 'relay_post', passwords.post);
  try {
    await migrate({ ownerUrl, serviceUrl: authUrl, schema: authSchema });
    await migrate({ ownerUrl, serviceUrl: postUrl, schema: postSchema });
  } catch (cause) {
    if (!options.ownerUrl || !(cause instanceof MigrationError)) throw cause;
    throw new ConfigError(`DATABASE_URL: ${cause.message}`, { cause });
  }
  return { described, ownerUrl, authUrl, postUrl };
}

async function startEmbedded(options: Omit<DatabaseOptions, 'ownerUrl'>) {
  const { dir, defer, log } = options;
  const wanted = path.join(dir, 'postgres');
  const postgres = await startPostgres({ dataDir: wanted, log });
  defer(() => postgres.stop());
  // As root, and below a folder that is root's alone, the data must be where Postgres' user can go.
  const isElsewhere = (await realpath(wanted).catch(() => undefined)) !== postgres.dataDir;
  const place = isElsewhere ? `, data in ${postgres.dataDir}` : '';
  const described = `embedded PostgreSQL 17 at 127.0.0.1:${postgres.port}${place}`;
  return { ownerUrl: postgres.url, described };
}

const passwordsSchema = z.object({ auth: z.string(), post: z.string() });

/** The services' passwords: made once, and then those of the roles in the database. */
async function readPasswords(dir: string): Promise<z.output<typeof passwordsSchema>> {
  const file = path.join(dir, 'database-passwords.json');
  const fresh = { auth: randomPassword(), post: randomPassword() };
  try {
    await mkdir(dir, { recursive: true });
    await writeFile(file, JSON.stringify(fresh), { mode: 0o600, flag: 'wx' }).catch(unlessExists);
    return passwordsSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    // Safe to lose: each start gives the roles the passwords that stand here. What is wrong with
    // its content stays untold, for that is a password.
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
