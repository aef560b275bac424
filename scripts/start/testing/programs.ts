import { access, constants, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

/** On a CI machine what is missing fails a test, and never skips it. */
export const isCi = process.env['CI'] === 'true';

/** Where a program of the PATH is. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return file;
  }
  return undefined;
}

// Whom root's Postgres runs as, and who may read its programs.
const NEEDED_TO_START = ['sh', 'id', 'useradd', 'chmod', 'ps'];

/** A PATH on which there is no Redis, nor anything else that starting does not need. */
export async function pathWithoutRedis(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-e2e-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of NEEDED_TO_START) {
    const file = await findProgram(name);
    if (file) await symlink(file, path.join(folder, name));
  }
  return folder;
}
