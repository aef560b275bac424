import { stat } from 'node:fs/promises';
import path from 'node:path';

import { removeUnowned } from './abandoned.ts';
import { possibleFolders } from './postgres-user.ts';

/** The folders that hold data of a `startPostgres` on this folder, wherever they are. */
export async function postgresDataFolders(dataDir: string): Promise<string[]> {
  const folders = await possibleFolders(path.resolve(dataDir));
  const there = await Promise.all(folders.map(exists));
  return folders.filter((_, index) => there[index]);
}

/**
 * Deletes a folder of `startPostgres` or `startRedis`, and ends a server that a killed process left on it.
 *
 * @throws DevServerError when a live process uses the folder, or it is not writable
 */
export async function removeServerData(folder: string): Promise<void> {
  if (await exists(folder)) await removeUnowned(folder, 'A server');
}

function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
