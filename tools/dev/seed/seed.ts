import { DevServerError } from '@relay/dev-servers';
import { DatabaseError } from 'pg';

import { createPasswords } from '../../../services/auth/src/passwords.ts';
import { PASSWORD } from '../../kit/api-client.ts';
import { invalidatePosts } from './cache.ts';
import { cancelQuery, connect } from './connect.ts';
import { fill } from './fill.ts';
import type { SeedOptions } from './options.ts';
import { report } from './report.ts';
import { findTarget } from './target.ts';

const log = (message: string) => console.log(message);

export const expectedErrors = [DevServerError, DatabaseError];

export async function run(options: SeedOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
  try {
    await seed(options, environment, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    log('Interrupted: nothing was added.');
    process.exit(130);
  }
}

async function seed(
  options: SeedOptions,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<void> {
  await using started = new AsyncDisposableStack();
  const target = await findTarget({ environment, defer: (stop) => started.defer(stop), log });
  signal.throwIfAborted();
  const client = await connect(target.databaseUrl, options);
  started.defer(() => client.end());
  log(`Filling ${target.described}`);

  const passwordHash = await (await createPasswords()).hash(PASSWORD);
  const cancel = await cancelQuery(client, target.databaseUrl);
  signal.addEventListener('abort', () => void cancel());
  const startedAt = performance.now();
  const filled = await fill({ ...options, client, passwordHash, log, signal });
  // The new rows change the best plans; autovacuum would update the statistics a minute later.
  await client.query('analyze auth.users, post.posts, post.votes').catch(() => undefined);
  const tookMs = performance.now() - startedAt;
  log(report({ ...filled, tookMs, password: PASSWORD }));
  const cached = await invalidatePosts(target.cache);
  if (cached) log(cached);
}
