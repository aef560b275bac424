import type { CacheStore, Outbox } from '@relay/cache';
import type { Redis } from 'ioredis';

import type { Tx } from '../database.ts';

/**
 * Accepts every value with a stamp, from any incarnation of the server: the entries of a restored
 * backup or a demoted master too.
 */
export function withoutGenerationCheck(store: CacheStore, client: Redis): CacheStore {
  return {
    ...store,
    async read(addresses) {
      const entries = await store.read(addresses);
      return Promise.all(
        entries.map(async (entry, index) => {
          if (entry) return entry;
          const { key, tags = [] } = addresses[index]!;
          // Epochs have no part in this mistake.
          if (tags.length > 0) return undefined;
          const [bytes, record] = await Promise.all([
            client.getBuffer(key),
            client.get(`lease:{${key}}`),
          ]);
          return bytes && record?.startsWith('E:') ? { bytes, stamp: record } : undefined;
        }),
      );
    },
    onReplaced: () => () => {},
  };
}

/** Nothing is applied again after the store was replaced. */
export function withoutReplay(outbox: Outbox<Tx>): Outbox<Tx> {
  return {
    append: (tx, row) => outbox.append(tx, row),
    markApplied: (id) => outbox.markApplied(id),
    mayHaveCommitted: (error) => outbox.mayHaveCommitted(error),
    start: (dispatch) => outbox.start(dispatch),
    replay() {},
    close: () => outbox.close(),
  };
}
