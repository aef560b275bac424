import { createHash } from 'node:crypto';
import { chmod, chown, mkdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';

import { codeOf, DevServerError, reasonOf } from './errors.ts';
import { sharedFolder } from './postgres-binaries.ts';
import { run, tail, type RunAs } from './processes.ts';

/**
 * The user of Postgres. It refuses to run as root, so root runs it as the owner of the existing data, or
 * as the system user `postgres`, created if there is none. Undefined for other users: they run it themselves.
 */
export async function serverUser(
  clusterFolder: string,
  log: (message: string) => void = () => {},
): Promise<RunAs> {
  if (process.getuid?.() !== 0) return undefined;
  const data = await stat(clusterFolder).catch(() => undefined);
  if (data !== undefined && data.uid !== 0) return { uid: data.uid, gid: data.gid };
  const existing = await lookUpUser();
  if (existing !== undefined) return existing;
  const { output } = await run('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    'postgres',
  ]);
  // Looked up again even if useradd failed: another process may have created it meanwhile.
  const created = await lookUpUser();
  if (created !== undefined) {
    log(
      'Postgres does not run as root: it runs as the system user postgres, which was created for it.',
    );
    return created;
  }
  throw new DevServerError(
    `Postgres does not run as root, and the system user postgres could not be created:\n${tail(output)}\n` +
      'Create it, run as another user, or set DATABASE_URL to use a Postgres of your own.',
  );
}

async function lookUpUser(): Promise<RunAs> {
  const [uid, gid] = await Promise.all([
    run('id', ['-u', 'postgres']),
    run('id', ['-g', 'postgres']),
  ]);
  if (!uid.ok || !gid.ok) return undefined;
  return { uid: Number(uid.output), gid: Number(gid.output) };
}

/**
 * Makes the folder and gives it to the server's user. When that user cannot reach it (a clone under /root,
 * a mktemp folder), answers with a folder under `shared` that is always the same for the same path.
 *
 * @throws DevServerError when the folder cannot be made.
 */
export async function serverFolder(
  wanted: string,
  runAs: RunAs,
  shared = sharedFolder,
): Promise<string> {
  try {
    if (runAs === undefined) return await makeFolder(wanted);
    const { existing, missing } = await existingPart(wanted);
    if (await canEnter(existing, runAs)) {
      const folder = await makeFolder(wanted);
      // Checked again: under a strict umask the new folder is closed to others.
      if (await canEnter(path.dirname(folder), runAs)) return await giveTo(runAs, folder);
    }
    const fallback = await makeFolder(fallbackFolder(path.join(existing, missing), shared));
    await chmod(shared, 0o755);
    return await giveTo(runAs, fallback);
  } catch (error) {
    throw new DevServerError(
      `Postgres cannot use the folder ${wanted}: ${reasonOf(error)}. Make it writable, or choose another.`,
      { cause: error },
    );
  }
}

/** Where data of a folder may be: there, and where root's Postgres has it instead. */
export async function possibleFolders(wanted: string, shared = sharedFolder): Promise<string[]> {
  const { existing, missing } = await existingPart(wanted);
  return [wanted, fallbackFolder(path.join(existing, missing), shared)];
}

function fallbackFolder(wanted: string, shared: string): string {
  return path.join(shared, createHash('sha256').update(wanted).digest('hex').slice(0, 12));
}

/** Makes the server's user the owner of a file or folder. Does nothing if the server runs as this process' user. */
export async function giveTo(runAs: RunAs, file: string): Promise<string> {
  if (runAs !== undefined) await chown(file, runAs.uid, runAs.gid);
  return file;
}

async function makeFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  return realpath(folder);
}

/** Creates nothing before the place is checked: other processes may fill the same parent folder. */
async function existingPart(wanted: string): Promise<{ existing: string; missing: string }> {
  for (let folder = path.dirname(wanted); ; folder = path.dirname(folder)) {
    try {
      const existing = await realpath(folder);
      return { existing, missing: path.relative(folder, wanted) };
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }
}

async function canEnter(folder: string, runAs: RunAs): Promise<boolean> {
  // By access(2) and not from mode bits: access lists and owners count too.
  return (await run('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], runAs)).ok;
}
