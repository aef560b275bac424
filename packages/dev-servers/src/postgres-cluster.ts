import { randomBytes } from 'node:crypto';
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';

import { DevServerError } from './errors.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { giveTo } from './postgres-user.ts';
import { run, tail, type RunAs } from './processes.ts';

/** The files in a folder of `startPostgres`. */
export function postgresPaths(folder: string) {
  return {
    cluster: path.join(folder, 'cluster'),
    password: path.join(folder, 'password'),
    log: path.join(folder, 'postgres.log'),
    previousLog: path.join(folder, 'postgres.previous.log'),
  };
}

const draftPrefix = 'cluster.new-';
const settingsFile = 'relay.conf';

type ClusterPlace = { folder: string; binaries: PostgresBinaries; runAs: RunAs };

/**
 * Creates a complete cluster of our major version in the folder if there is none, and returns its password.
 *
 * @throws DevServerError with the folder if its cluster is broken or of another version.
 */
export async function ensureCluster(place: ClusterPlace): Promise<string> {
  const { cluster, password } = postgresPaths(place.folder);
  await removeDrafts(place.folder);
  const exists = await stat(cluster).then(
    () => true,
    () => false,
  );
  if (!exists) return createCluster(place);

  const found = await readFile(path.join(cluster, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (found === undefined) throw brokenFolder(place.folder, '  PG_VERSION is missing.');
  if (found.trim() !== place.binaries.major) {
    throw brokenFolder(
      place.folder,
      `  It was written by Postgres ${found.trim()}, this is Postgres ${place.binaries.major}.`,
    );
  }
  const secret = await readFile(password, 'utf8').catch(() => undefined);
  if (secret === undefined) throw brokenFolder(place.folder, '  Its file "password" is missing.');
  return secret.trim();
}

/** The error for a folder that Postgres cannot start on: folder, cause and remedy. */
export function brokenFolder(folder: string, cause: string): DevServerError {
  return new DevServerError(
    `Postgres cannot start on ${folder}:\n${cause}\nDelete the folder to start afresh; its data is lost then.`,
  );
}

/** Writes the server's settings. A file of their own: no shell quoting, and ALTER SYSTEM still overrides. */
export async function writeSettings(
  { folder, runAs }: Pick<ClusterPlace, 'folder' | 'runAs'>,
  settings: Record<string, string>,
): Promise<void> {
  const file = path.join(postgresPaths(folder).cluster, settingsFile);
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${quote(value)}'\n`);
  await writeFile(file, lines.join(''), { mode: 0o600 });
  await giveTo(runAs, file);
}

function quote(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll("'", "''");
}

async function createCluster({ folder, binaries, runAs }: ClusterPlace): Promise<string> {
  const { cluster, password } = postgresPaths(folder);
  const secret = randomBytes(24).toString('base64url');
  // A draft that a rename makes real: an interrupted initdb is never taken for a whole cluster.
  const draft = path.join(folder, `${draftPrefix}${randomBytes(4).toString('hex')}`);
  await mkdir(draft, { mode: 0o700 });
  await giveTo(runAs, draft);
  await rm(password, { force: true });
  await writeFile(password, `${secret}\n`, { mode: 0o600 });
  await giveTo(runAs, password);
  const options = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--username=postgres'];
  const { ok, output } = await run(
    binaries.initdb,
    // Unsynced: a power cut within the first seconds of a new folder costs nothing but that folder.
    [...options, `--pwfile=${password}`, '--no-sync', '--no-instructions', '-D', draft],
    runAs,
  );
  if (!ok) {
    await rm(draft, { recursive: true, force: true });
    throw new DevServerError(
      `Postgres could not set up ${folder}:\n${tail(output)}\n` +
        'Fix that, or set DATABASE_URL to use a Postgres of your own.',
    );
  }
  await appendFile(path.join(draft, 'postgresql.conf'), `include_if_exists = '${settingsFile}'\n`);
  await rename(draft, cluster);
  return secret;
}

async function removeDrafts(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(draftPrefix));
  await Promise.all(
    names.map((name) => rm(path.join(folder, name), { recursive: true, force: true })),
  );
}
