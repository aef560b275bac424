import { randomUUID } from 'node:crypto';

import { DevServerError } from '@relay/dev-servers';
import { ConfigError } from '@relay/service-kit/process/config';
import { createLogger } from '@relay/service-kit/process/logger';
import { stopOnSignals } from '@relay/service-kit/service/lifecycle';
import { traceIds } from '@relay/tracing/api';

import { UserError } from '../../kit/cli.ts';
import { readLocalConfig, type LocalConfig } from './config.ts';
import { fileProblem, folderProblem, npmCommand, relayDir } from './folder.ts';
import { buildLocalPage } from './page.ts';
import { assertPortsFree, urlOf } from './ports.ts';
import { prepareDatabase } from './postgres.ts';
import { prepareCacheStore } from './redis.ts';
import { startRelay } from './relay.ts';
import { findRunning, removeRunning, writeRunning } from './running.ts';
import { welcome } from './welcome.ts';

const PATIENCE_MS = 3000;

const print = (message: string) => console.log(message);

export const expectedErrors = [DevServerError];
export const lead = 'Cannot start:\n';

/** Starts Relay with its servers, and returns once it is ready; it then runs until a signal. */
export async function run(_options: void, environment: NodeJS.ProcessEnv): Promise<void> {
  const started = new AsyncDisposableStack();
  const interruption = watchInterruption();
  try {
    await start(environment, started, interruption);
  } catch (error) {
    await started.disposeAsync();
    if (interruption.signal.aborted) process.exit(0);
    throw explained(error, relayDir(environment));
  }
}

async function start(
  environment: NodeJS.ProcessEnv,
  started: AsyncDisposableStack,
  interruption: Interruption,
): Promise<void> {
  const config = readLocalConfig(environment);
  const { dir } = config;
  await assertStartable(config);
  print('Starting Relay. The first time a database is set up, which takes some seconds.');

  const log = createLogger({
    level: config.post.LOG_LEVEL,
    format: config.post.LOG_FORMAT,
    mixin: traceIds,
  });
  const defer = (stop: () => Promise<void>) => started.defer(stop);
  const shared = { dir, defer, log: print, warn: (message: string) => log.warn(message) };
  const page = startPageBuild(defer);
  const database = await prepareDatabase({ ...shared, ownerUrl: config.ownerUrl });
  interruption.signal.throwIfAborted();
  const store = await prepareCacheStore({ ...shared, given: config.redis });
  interruption.signal.throwIfAborted();
  // Before the start, so that a failure to write shows here: a killed Relay may have left a file.
  await removeRunning(dir);
  defer(() => removeRunning(dir));
  const instance = randomUUID();
  const relay = await startRelay({
    config,
    log,
    instance,
    authUrl: database.authUrl,
    postUrl: database.postUrl,
    redisUrl: store.redis?.url,
    cacheSwitch: store.cacheSwitch,
    page: await page,
    stopBacking: () => started.disposeAsync(),
  });
  interruption.hasStarted();
  stopOnSignals(relay);
  if (interruption.signal.aborted) process.kill(process.pid, 'SIGTERM');

  await relay.ready;
  const [apiUrl, adminUrl] = relay.ports.map((port) => urlOf(config.serve.HOST, port));
  if (interruption.signal.aborted) return;
  await writeRunning(dir, {
    apiUrl: apiUrl!,
    adminUrl: adminUrl!,
    pid: process.pid,
    instance,
    databaseUrl: database.ownerUrl,
    redis: store.redis ?? null,
  });
  print(welcome({ apiUrl: apiUrl!, adminUrl: adminUrl!, database, store, dir }));
}

/** Builds the page meanwhile; a start that fails ends the build. */
function startPageBuild(defer: (stop: () => Promise<void>) => void) {
  const ended = new AbortController();
  const page = buildLocalPage(ended.signal);
  const settled = page.then(
    () => undefined,
    () => undefined,
  );
  defer(() => {
    ended.abort();
    return settled;
  });
  return page;
}

interface Interruption {
  signal: AbortSignal;
  /** Leaves signals to other handlers from now on. */
  hasStarted(): void;
}

function watchInterruption(): Interruption {
  const interrupted = new AbortController();
  // Handled more than once: npm passes on the Ctrl-C that the terminal sent to this process too.
  let starting = true;
  let interruptedAt = Number.POSITIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      // A second Ctrl-C some seconds later: the start hangs.
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

/** @throws ConfigError if the folder or the ports are in use or not writable */
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

/** A UserError with the remedy for an error of the file system; other errors as they are. */
function explained(error: unknown, dir: string): unknown {
  const problem = fileProblem(error);
  if (!problem) return error;
  return new UserError(
    `${problem.file} cannot be used (${problem.code}). Make it writable for this user, set RELAY_DIR ` +
      `to another folder, or begin with an empty one: ${npmCommand(dir, 'run reset')}`,
    { cause: error },
  );
}
