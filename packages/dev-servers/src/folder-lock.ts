import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { DevServerError, reasonOf } from './errors.ts';

// Keeps a reference: the garbage collector would close the database, and release its lock.
const locks = new Set<DatabaseSync>();

/** A folder that is ours until `release`, or until this process ends, however it ends. */
export type FolderLock = { files: string[]; release(): void };

/**
 * Takes a folder for this process, so that a second starter is refused rather than left to take our server
 * for an orphan and stop it. The lock is the operating system's, on an open SQLite file: unlike a pid file
 * it vanishes with its holder, even a killed one, and cannot be mistaken after a pid was used again.
 *
 * @throws DevServerError when another live process, or this one, holds the folder, or it is not writable.
 */
export function lockFolder(folder: string, service: string): FolderLock {
  const lockFile = path.join(folder, 'owner.lock');
  const ownerFile = path.join(folder, 'owner.pid');
  let database: DatabaseSync;
  try {
    database = openLocked(lockFile, ownerFile);
  } catch (error) {
    throw refusal(error, { folder, service, ownerFile });
  }
  locks.add(database);
  return {
    files: [lockFile, ownerFile],
    release: () => {
      if (locks.delete(database)) database.close();
    },
  };
}

function openLocked(lockFile: string, ownerFile: string): DatabaseSync {
  const database = new DatabaseSync(lockFile, { timeout: 0 });
  try {
    // Nothing is ever written, so no journal that a killed holder would leave.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    writeFileSync(ownerFile, `${process.pid}\n`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function refusal(
  error: unknown,
  { folder, service, ownerFile }: { folder: string; service: string; ownerFile: string },
): DevServerError {
  const reason = reasonOf(error);
  if (!reason.includes('locked')) {
    return new DevServerError(
      `${service} cannot use ${folder}: ${reason}. Make the folder writable, or delete it to start afresh.`,
      { cause: error },
    );
  }
  return new DevServerError(
    `${service} already runs on ${folder}, started by process ${readOwner(ownerFile)}. ` +
      'Stop that process first, or use another folder.',
    { cause: error },
  );
}

function readOwner(ownerFile: string): string {
  try {
    return readFileSync(ownerFile, 'utf8').trim();
  } catch {
    return '(unknown)';
  }
}
