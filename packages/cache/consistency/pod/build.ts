import type { CacheStore, Outbox } from '@relay/cache';
import { createRedisBus, createRedisClient, createRedisStore } from '@relay/cache/redis';
import { Redis } from 'ioredis';
import { Pool } from 'pg';

import type { PodSettings } from '../messages.ts';
import { createRandom } from '../random.ts';
import { withDeleteBeforeCommit } from './bugs/delete-before-commit.ts';
import { createCursorOutbox } from './bugs/id-cursor.ts';
import { withoutGenerationCheck, withoutReplay } from './bugs/no-generation.ts';
import { withoutTokenCheck } from './bugs/no-token.ts';
import { withRestartingCounter } from './bugs/restarting-counter.ts';
import { noOutbox, withSwallowedErrors } from './bugs/swallowed-error.ts';
import type { CrashPoints } from './crash-points.ts';
import { createCurrentCache } from './current-cache.ts';
import type { Tx } from './database.ts';
import { withLoss } from './lossy-bus.ts';
import { createOldCache } from './old-cache.ts';
import { openOutbox } from './outbox.ts';
import type { PodCache } from './pod-cache.ts';
import { createSource, type SourceOptions } from './source.ts';

interface BuildOptions extends Omit<SourceOptions, 'pool'> {
  settings: PodSettings;
  crashPoints: CrashPoints;
  log: (text: string) => void;
}

/** Puts a pod's cache together: its version, its connections and its mistake, if any. */
export function buildCache({ settings, log, ...sourceOptions }: BuildOptions): PodCache {
  const pool = new Pool({
    connectionString: settings.databaseUrl,
    max: 8,
    options: '-c lock_timeout=2000',
  });
  // A statement under way fails by itself. Without these listeners a cut connection would crash the pod.
  pool.on('error', () => {});
  pool.on('connect', (connection) => connection.on('error', () => {}));
  const source = createSource({ pool, ...sourceOptions });
  if (settings.version === '0.1') {
    const client = plainClient(settings);
    const cache = createOldCache({ client, source, ttlSeconds: settings.ttlSeconds });
    return { ...cache, close: () => cache.close().then(() => pool.end()) };
  }
  const client = createRedisClient({ connection: connectionOf(settings) });
  const extra = settings.bug === undefined ? undefined : plainClient(settings);
  const parts = { store: createRedisStore({ client }), outbox: openOutbox(pool) };
  const { store, outbox } = withBug(parts, settings, pool, extra);
  return createCurrentCache({
    settings,
    source,
    crashPoints: sourceOptions.crashPoints,
    store,
    outbox,
    bus:
      settings.local &&
      withLoss(createRedisBus({ client }), settings.local.messageLoss, createRandom(settings.seed)),
    log,
    async closeClients() {
      client.disconnect();
      extra?.disconnect();
      await pool.end();
    },
  });
}

interface Parts {
  store: CacheStore;
  outbox: Outbox<Tx>;
}

function withBug(
  { store, outbox }: Parts,
  { bug }: PodSettings,
  pool: Pool,
  client: Redis | undefined,
): Parts {
  switch (bug) {
    case 'no-token':
      return { store: withoutTokenCheck(store), outbox };
    case 'delete-before-commit':
      return { store: withDeleteBeforeCommit(store), outbox };
    case 'swallowed-error':
      return { store: withSwallowedErrors(store), outbox: noOutbox };
    case 'restarting-counter':
      return { store: withRestartingCounter(store, client!), outbox };
    case 'no-generation':
      return { store: withoutGenerationCheck(store, client!), outbox: withoutReplay(outbox) };
    case 'id-cursor':
      return { store, outbox: createCursorOutbox(pool) };
    default:
      return { store, outbox };
  }
}

function connectionOf({ redis }: PodSettings) {
  if ('port' in redis) return { host: '127.0.0.1', port: redis.port };
  return { nodes: redis.clusterPorts.map((port) => ({ host: '127.0.0.1', port })) };
}

function plainClient({ redis }: PodSettings): Redis {
  if (!('port' in redis)) throw new Error('this pod needs a single Redis');
  const client = new Redis(redis.port, '127.0.0.1', { maxRetriesPerRequest: 1 });
  client.on('error', () => {});
  return client;
}
