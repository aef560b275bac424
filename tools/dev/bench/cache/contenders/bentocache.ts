import { BentoCache, bentostore } from 'bentocache';
import { memoryDriver } from 'bentocache/drivers/memory';
import { redisDriver } from 'bentocache/drivers/redis';

import {
  connectRedis,
  LOCAL_MAX_ITEMS,
  TTL_SECONDS,
  type Contender,
  type ContenderOptions,
} from './contender.ts';

/** As https://bentocache.dev/docs shows it: one store, with the Redis driver or the memory driver. */
export async function createBentocache(options: ContenderOptions): Promise<Contender> {
  const { origin, tier, tagged } = options;
  const redis = tier === 'redis' ? await connectRedis(options) : undefined;
  const store = bentostore();
  const bento = new BentoCache({
    default: 'main',
    prefix: 'bento',
    ttl: TTL_SECONDS * 1000,
    stores: {
      main: redis
        ? store.useL2Layer(redisDriver({ connection: redis }))
        : // Unserialized is the faster of its two forms.
          store.useL1Layer(memoryDriver({ maxItems: LOCAL_MAX_ITEMS, serialize: false })),
    },
  });
  const read = (id: string) =>
    bento.getOrSet({
      key: id,
      factory: () => origin.load(id),
      ...(tagged && { tags: ['records'] }),
    });
  return {
    read,
    invalidate: (id) => bento.delete({ key: id }),
    ...(tagged && { invalidateTag: () => bento.deleteByTag({ tags: ['records'] }) }),
    close: () => bento.disconnectAll(),
  };
}
