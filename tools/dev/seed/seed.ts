import { LocalServiceError } from '@relay/dev-servers';
import { DatabaseError } from 'pg';

import { createPasswords } from '../../../services/auth/src/passwords.ts';
import { forgetPosts } from './cache.ts';
import { connect } from './connect.ts';
import { fill } from './fill.ts';
import type { SeedOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { report } from './report.ts';
import { findTarget } from './target.ts';

/** Every seeded user's. */
const PASSWORD = 'password123';

const say = (message: string) => console.log(message);

export const expectedErrors = [LocalServiceError, DatabaseError];

export async function run(options: SeedOptions): Promise<void> {
  const interrupted = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => interrupted.abort());
  try {
    await seed(options, interrupted.signal);
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    say('Interrupted: nothing was added.');
    process.exit(130);
  }
}

async function seed(options: SeedOptions, signal: AbortSignal): Promise<void> {
  await using started = new AsyncDisposableStack();
  const target = await findTarget({
    environment: process.env,
    defer: (stop) => started.defer(stop),
    log: say,
  });
  signal.throwIfAborted();
  const client = await connect(target.databaseUrl, options);
  started.defer(() => client.end());
  say(`Filling ${target.described}`);

  const passwordHash = await (await createPasswords()).hash(PASSWORD);
  const progress = createProgress(process.stdout);
  const startedAt = performance.now();
  const filled = await fill({
    ...options,
    client,
    passwordHash,
    progress,
    signal,
    now: Date.now(),
  }).finally(() => progress.end());
  const tookMs = performance.now() - startedAt;
  say(report({ ...filled, tookMs, password: PASSWORD }));
  const cached = await forgetPosts(target.cache);
  if (cached) say(cached);
}
