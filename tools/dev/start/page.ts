import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { readPageFiles, type PageFiles } from '@relay/web';
import { buildPage } from '@relay/web/build';

import { UserError } from '../../kit/cli.ts';

/**
 * Builds the page from its present sources, into memory.
 *
 * @throws UserError with the build's output
 */
export async function buildLocalPage(signal: AbortSignal): Promise<PageFiles> {
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-page-'));
  try {
    await buildPage(dir, signal);
    return await readPageFiles(dir);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UserError(`The page cannot be built: ${reason}`, { cause });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
