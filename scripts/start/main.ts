import { LocalServiceError } from '@relay/local';
import { exitWith, stopOnSignals } from '@relay/service-kit';

import { readLocalConfig } from './config.ts';
import { prepareDatabase } from './postgres.ts';
import { prepareCacheStore } from './redis.ts';
import { startRelay } from './relay.ts';
import { welcome } from './welcome.ts';

const started = new AsyncDisposableStack();
const interrupted = new AbortController();
const interrupt = () => interrupted.abort();
process.once('SIGINT', interrupt);
process.once('SIGTERM', interrupt);

const say = (message: string) => console.log(message);

try {
  const config = readLocalConfig(process.env);
  const { dir, ownerUrl, redisUrl } = config;
  const defer = (stop: () => Promise<void>) => started.defer(stop);
  const database = await prepareDatabase({ dir, ownerUrl, defer, log: say });
  interrupted.signal.throwIfAborted();
  const store = await prepareCacheStore({ dir, redisUrl, defer, log: say });
  interrupted.signal.throwIfAborted();
  const relay = await startRelay({
    config,
    authUrl: database.authUrl,
    postUrl: database.postUrl,
    redisUrl: store.url,
    stopBacking: () => started.disposeAsync(),
  });
  stopOnSignals(relay);
  if (interrupted.signal.aborted) process.kill(process.pid, 'SIGTERM');
  await relay.ready;
  const [port, adminPort] = relay.ports;
  say(welcome({ port: port!, adminPort: adminPort!, database, store, dir }));
} catch (error) {
  await started.disposeAsync();
  if (interrupted.signal.aborted) process.exit(0);
  exitWith(error, [LocalServiceError]);
}
