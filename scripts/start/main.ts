import { randomUUID } from 'node:crypto';

import { LocalServiceError } from '@relay/local';
import { ConfigError, exitWith, stopOnSignals } from '@relay/service-kit';

import { readLocalConfig } from './config.ts';
import { assertPortsFree, urlOf } from './ports.ts';
import { prepareDatabase } from './postgres.ts';
import { prepareCacheStore } from './redis.ts';
import { startRelay } from './relay.ts';
import { findRunning, forgetRunning, noteRunning } from './running.ts';
import { welcome } from './welcome.ts';

const PATIENCE_MS = 3000;

const started = new AsyncDisposableStack();
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

const instance = randomUUID();
const say = (message: string) => console.log(message);

try {
  const config = readLocalConfig(process.env);
  const { dir, ownerUrl, redisUrl } = config;
  const other = await findRunning(dir);
  if (other) throw alreadyRuns(dir, other);
  await assertPortsFree(config.serve);
  say('Starting Relay. The first time a database is set up, which takes some seconds.');

  const defer = (stop: () => Promise<void>) => started.defer(stop);
  const database = await prepareDatabase({ dir, ownerUrl, defer, log: say });
  interrupted.signal.throwIfAborted();
  const store = await prepareCacheStore({ dir, redisUrl, defer, log: say });
  interrupted.signal.throwIfAborted();
  defer(() => forgetRunning(dir));
  const relay = await startRelay({
    config,
    instance,
    authUrl: database.authUrl,
    postUrl: database.postUrl,
    redisUrl: store.url,
    stopBacking: () => started.disposeAsync(),
  });
  starting = false;
  stopOnSignals(relay);
  if (interrupted.signal.aborted) process.kill(process.pid, 'SIGTERM');

  await relay.ready;
  const [apiUrl, adminUrl] = relay.ports.map((port) => urlOf(config.serve.HOST, port));
  const running = { apiUrl: apiUrl!, adminUrl: adminUrl!, pid: process.pid, instance };
  if (!interrupted.signal.aborted) {
    const urls = { databaseUrl: database.ownerUrl, redisUrl: store.url ?? null };
    await noteRunning(dir, { ...running, ...urls });
    say(welcome({ ...running, database, store, dir }));
  }
} catch (error) {
  await started.disposeAsync();
  if (interrupted.signal.aborted) process.exit(0);
  exitWith(error, [LocalServiceError]);
}

function alreadyRuns(dir: string, { apiUrl, pid }: { apiUrl: string; pid: number }): ConfigError {
  return new ConfigError(
    `RELAY_DIR: Relay already runs on ${dir}: ${apiUrl} (process ${pid}).\n` +
      'Stop it first, or give a second one its own RELAY_DIR, PORT and ADMIN_PORT.',
  );
}
