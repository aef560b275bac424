import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findProgram } from '@relay/dev-servers';
import { onTestFinished } from 'vitest';

// Root starts Postgres as another user, with these.
const NEEDED_TO_START = ['sh', 'id', 'useradd', 'chmod', 'ps'];

/** A PATH with only the programs that starting needs, without Redis. */
export async function pathWithoutRedis(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-e2e-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of NEEDED_TO_START) {
    const file = await findProgram(name);
    if (file) await symlink(file, path.join(folder, name));
  }
  return folder;
}
