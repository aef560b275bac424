import { randomBytes } from 'node:crypto';

import { CacheUsageError } from '../../errors.ts';
import { hasHashTag } from '../../keys/keys.ts';
import type { CacheStore } from '../../protocol/store.ts';
import { createConnection } from './connection.ts';
import type { StoreContext } from './context.ts';
import { createGenerations } from './generations.ts';
import { createKeyNames } from './key-names.ts';
import { createLeases } from './leases.ts';
import { invalidateMatching } from './matching.ts';
import { readFromCluster, readFromServer } from './read-entries.ts';
import { isCluster, mastersOf, type RedisStoreClient } from './redis-like.ts';
import { createRemovals } from './removals.ts';
import { defineScripts } from './scripts.ts';
import { readStoreInfo } from './server-info.ts';
import { redisError } from './store-errors.ts';

export interface RedisStoreOptions {
  /** The caller closes it. `createRedisClient` creates a client that fails fast. */
  client: RedisStoreClient;
  /** How soon a demoted or isolated master is noticed. Default 1,000 ms. */
  heartbeatMs?: number;
  /** The present time of this process in milliseconds. Default `Date.now`. */
  now?: () => number;
}

/**
 * Entries in Redis, 6 or newer, or Valkey: one server, a Sentinel set or a Cluster. The entry under a
 * key is exactly the bytes that were stored; its bookkeeping lives beside it in the same hash slot.
 * Needs the permission for INFO.
 *
 * Never KEYS and never FLUSHALL: a pattern is walked with SCAN on every master and removed with
 * UNLINK.
 *
 * @throws CacheUsageError for a client with a `keyPrefix` that splits hash slots, or that reads from replicas
 */
export function createRedisStore(options: RedisStoreOptions): CacheStore {
  const { client, heartbeatMs = 1000, now = Date.now } = options;
  const prefix = client.options.keyPrefix ?? '';
  if (/[{}]/.test(prefix) && !hasHashTag(prefix)) {
    throw new CacheUsageError(`the keyPrefix "${prefix}" has a brace outside a hash tag`);
  }
  const { scaleReads = 'master' } = isCluster(client) ? client.options : {};
  if (scaleReads !== 'master') {
    throw new CacheUsageError('scaleReads: a replica may still have an invalidated entry');
  }
  const generations = createGenerations({ client, heartbeatMs, now });
  // A server that does not answer INFO has no valid entries; `ping` reports why.
  const connection = createConnection(client, () => generations.check().catch(() => {}));
  const context: StoreContext = {
    client,
    scripts: defineScripts(client),
    names: createKeyNames(prefix),
    generations,
    prefix,
    isCluster: isCluster(client),
    unique: uniqueTexts(),
  };
  const leases = createLeases(context);
  const removals = createRemovals(context);
  const readAll = context.isCluster ? readFromCluster : readFromServer;

  /** Sends calls only over a connection, and cleans their errors. */
  function connected<A extends unknown[], T>(
    operation: (...args: A) => Promise<T>,
  ): (...args: A) => Promise<T> {
    return async (...args) => {
      try {
        if (!connection.isOpen) await connection.opened();
        return await operation(...args);
      } catch (error) {
        throw redisError(error);
      }
    };
  }

  return {
    // Every hit passes here, so this one has no wrapper; its errors are cleaned where they arise.
    read(addresses) {
      if (connection.isOpen) return readAll(context, addresses);
      return connection.opened().then(() => readAll(context, addresses));
    },
    lease: connected(leases.lease),
    extend: connected(leases.extend),
    release: connected(leases.release),
    fill: connected(leases.fill),
    leaseRefresh: connected(leases.leaseRefresh),
    discard: connected(leases.discard),
    fence: connected(removals.fence),
    lift: connected(removals.lift),
    invalidate: connected(removals.invalidate),
    invalidateMatching: connected((pattern: string, signal?: AbortSignal) =>
      invalidateMatching(context, removals.invalidate, pattern, signal),
    ),
    ping: connected(async () => {
      await Promise.all([generations.check(), ...mastersOf(client).map((server) => server.ping())]);
    }),
    info: connected(() => readStoreInfo(mastersOf(client))),
    now: () => now() + generations.clockAheadMs(),
    onReplaced: generations.onReplaced,
    async close() {
      generations.stop();
    },
  };
}

/** Text that no call, of this process or another, returns twice. It has no colon and no comma. */
function uniqueTexts(): () => string {
  const process = randomBytes(8).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${process}.${count.toString(36)}.`;
  };
}
