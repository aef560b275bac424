import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { lockFolder } from './folder-lock.ts';
import { killServer } from './postgres-process.ts';
import { endOrphan } from './redis-process.ts';

/**
 * Ends the servers and removes the folders of test runs that were killed: servers outlive their run. A
 * run holds its folder's lock while it lives, so a folder that we can lock has no owner.
 */
export async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix));
  for (const name of names) {
    const folder = path.join(parent, name);
    // Still empty: the run is just beginning, and about to lock it.
    if ((await readdir(folder)).length === 0) continue;
    // In use, or another user's: not ours to clear up. The tests do not depend on it.
    await removeUnowned(folder, 'A test run').catch(() => undefined);
  }
}

/**
 * Removes a folder, after it has ended the Postgres and the Redis that a killed owner left on it.
 *
 * @param owner in words, for the error
 * @throws DevServerError when a live process owns the folder, or it is not writable
 */
export async function removeUnowned(folder: string, owner: string): Promise<void> {
  const lock = lockFolder(folder, owner);
  try {
    for (const file of await readdir(folder, { recursive: true })) {
      const holder = path.join(folder, path.dirname(file));
      if (path.basename(file) === 'redis.pid') await endOrphan(holder, () => {});
      if (path.basename(file) === 'postmaster.pid') await killServer(path.dirname(holder));
    }
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } finally {
    lock.release();
  }
}
