import { LocalServiceError } from '@relay/local';
import { exitWith } from '@relay/service-kit';
import { DatabaseError } from 'pg';

import { createPasswords } from '../../services/auth/src/passwords.ts';
import { UsageError } from '../usage.ts';
import { forgetPosts } from './cache.ts';
import { connect } from './connect.ts';
import { fill } from './fill.ts';
import { parseOptions, USAGE, type SeedOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { report } from './report.ts';
import { findTarget } from './target.ts';

/** Every seeded user's. */
const PASSWORD = 'password123';

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort());
}

const say = (message: string) => console.log(message);

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') say(USAGE);
  else await seed(options);
} catch (error) {
  if (interrupted.signal.aborted) {
    say('Interrupted: nothing was added.');
    process.exit(130);
  }
  exitWith(error, [UsageError, LocalServiceError, DatabaseError], { lead: '' });
}

async function seed(options: SeedOptions): Promise<void> {
  await using started = new AsyncDisposableStack();
  const target = await findTarget({
    environment: process.env,
    defer: (stop) => started.defer(stop),
    log: say,
  });
  interrupted.signal.throwIfAborted();
  const client = await connect(target.databaseUrl, options);
  started.defer(() => client.end());
  say(`Filling ${target.described}`);

  const passwordHash = await (await createPasswords()).hash(PASSWORD);
  const progress = createProgress(process.stdout);
  const startedAt = performance.now();
  const { signal } = interrupted;
  const filled = await fill({
    ...options,
    client,
    passwordHash,
    progress,
    signal,
    now: Date.now(),
  }).finally(() => progress.end());
  const tookMs = performance.now() - startedAt;
  say(report({ ...options, ...filled, tookMs, password: PASSWORD }));
  const cached = await forgetPosts(target.cache);
  if (cached) say(cached);
}
