import { randomUUID } from 'node:crypto';

import { LocalServiceError } from '@relay/dev-servers';
import { ConfigError } from '@relay/service-kit/process/config';
import { stopOnSignals } from '@relay/service-kit/process/lifecycle';
import { createLogger } from '@relay/service-kit/process/logger';
import { traceIds } from '@relay/tracing/api';

import { readLocalConfig, type LocalConfig } from './config.ts';
import { fileProblem, folderProblem } from './folder.ts';
import { assertPortsFree, urlOf } from './ports.ts';
import { prepareDatabase } from './postgres.ts';
import { prepareCacheStore } from './redis.ts';
import { startRelay } from './relay.ts';
import { findRunning, forgetRunning, noteRunning } from './running.ts';
import { welcome } from './welcome.ts';

const PATIENCE_MS = 3000;

const say = (message: string) => console.log(message);

export const expectedErrors = [LocalServiceError];
export const lead = 'Cannot start:\n';

/** Starts Relay and all it needs, and returns once it is ready; it then runs until a signal. */
export async function run(): Promise<void> {
  const started = new AsyncDisposableStack();
  const interruption = watchInterruption();
  try {
    await start(started, interruption);
  } catch (error) {
    await started.disposeAsync();
    if (interruption.signal.aborted) process.exit(0);
    throw explained(error);
  }
}

async function start(started: AsyncDisposableStack, interruption: Interruption): Promise<void> {
  const config = readLocalConfig(process.env);
  const { dir } = config;
  await assertStartable(config);
  say('Starting Relay. The first time a database is set up, which takes some seconds.');

  const log = createLogger({
    level: config.post.LOG_LEVEL,
    format: config.post.LOG_FORMAT,
    mixin: traceIds,
  });
  const defer = (stop: () => Promise<void>) => started.defer(stop);
  const shared = { dir, defer, log: say, warn: (message: string) => log.warn(message) };
  const database = await prepareDatabase({ ...shared, ownerUrl: config.ownerUrl });
  interruption.signal.throwIfAborted();
  const store = await prepareCacheStore({ ...shared, given: config.redis });
  interruption.signal.throwIfAborted();
  // Now, since it must be possible later: a killed Relay may have left one.
  await forgetRunning(dir);
  defer(() => forgetRunning(dir));
  const instance = randomUUID();
  const relay = await startRelay({
    config,
    log,
    instance,
    authUrl: database.authUrl,
    postUrl: database.postUrl,
    redisUrl: store.redis?.url,
    stopBacking: () => started.disposeAsync(),
  });
  interruption.hasStarted();
  stopOnSignals(relay);
  if (interruption.signal.aborted) process.kill(process.pid, 'SIGTERM');

  await relay.ready;
  const [apiUrl, adminUrl] = relay.ports.map((port) => urlOf(config.serve.HOST, port));
  if (interruption.signal.aborted) return;
  await noteRunning(dir, {
    apiUrl: apiUrl!,
    adminUrl: adminUrl!,
    pid: process.pid,
    instance,
    databaseUrl: database.ownerUrl,
    redis: store.redis ?? null,
  });
  say(welcome({ apiUrl: apiUrl!, adminUrl: adminUrl!, database, store, dir }));
}

interface Interruption {
  signal: AbortSignal;
  /** From now on others see to signals. */
  hasStarted(): void;
}

function watchInterruption(): Interruption {
  const interrupted = new AbortController();
  // Every one of them: npm passes on a Ctrl-C that the terminal has told this process already.
  let starting = true;
  let interruptedAt = Number.POSITIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // Who asks again some seconds later has waited long enough: the start hangs.
      if (starting && performance.now() - interruptedAt > PATIENCE_MS) process.exit(1);
      if (!interrupted.signal.aborted) interruptedAt = performance.now();
      interrupted.abort();
    });
  }
  // A closed terminal window must not leave Postgres and Redis behind.
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
  return {
    signal: interrupted.signal,
    hasStarted: () => {
      starting = false;
    },
  };
}

/** @throws ConfigError before anything is started for nothing */
async function assertStartable({ dir, serve }: LocalConfig): Promise<void> {
  const other = await findRunning(dir);
  if (other) {
    throw new ConfigError(
      `RELAY_DIR: Relay already runs on ${dir}: ${other.apiUrl} (process ${other.pid}).\n` +
        'Stop it first, or give a second one its own RELAY_DIR, PORT and ADMIN_PORT.',
    );
  }
  await assertPortsFree(serve);
  const problem = await folderProblem(dir);
  if (problem === undefined) return;
  throw new ConfigError(
    `RELAY_DIR: ${dir} cannot be written (${problem}). Make it writable for this user, or set ` +
      'RELAY_DIR to another folder.',
  );
}

/** An error of the file system, with what to do about it in place of its stack. */
function explained(error: unknown): unknown {
  const problem = fileProblem(error);
  if (!problem) return error;
  return new LocalServiceError(
    `${problem.file} cannot be used (${problem.code}). Make it writable for this user, set RELAY_DIR ` +
      'to another folder, or begin with an empty one: npm run reset',
    { cause: error },
  );
}
