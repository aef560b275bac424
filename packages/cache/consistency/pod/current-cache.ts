import {
  createCache,
  type CacheEvent,
  type CacheStore,
  type InvalidationBus,
  type Outbox,
} from '@relay/cache';

import type { PodSettings } from '../messages.ts';
import { versionOf } from '../registers.ts';
import type { CrashPoints } from './crash-points.ts';
import type { Tx } from './database.ts';
import { declareKeys, partOf, tagOf } from './keys.ts';
import type { PodCache } from './pod-cache.ts';
import type { Source } from './source.ts';

interface CurrentCacheOptions {
  settings: PodSettings;
  store: CacheStore;
  outbox: Outbox<Tx>;
  bus: InvalidationBus | undefined;
  source: Source;
  crashPoints: CrashPoints;
  closeClients: () => Promise<void>;
  /** Events that explain the checker's findings. */
  log: (text: string) => void;
}

/** A pod's cache as the package has it now, with crash points between the steps of a write. */
export function createCurrentCache(options: CurrentCacheOptions): PodCache {
  const { settings, source, crashPoints } = options;
  const keys = declareKeys(source, settings);
  const outbox = pausable(options.outbox);
  const cache = createCache<Tx>({
    store: withStoreCrashPoints(options.store, crashPoints),
    keys,
    outbox: {
      ...outbox.outbox,
      markApplied(id) {
        void crashPoints.pass('before-mark').then(() => options.outbox.markApplied(id));
      },
    },
    ...(options.bus && { bus: options.bus }),
    listeners: [(event) => explain(event, options.log)],
    consistency: settings.consistency,
    fenceMs: settings.fenceMs,
    operationTimeoutMs: settings.operationTimeoutMs,
    // An open breaker would report failures before the mistake could swallow them.
    ...(settings.bug === 'swallowed-error' && { failureThreshold: 1_000_000 }),
  });

  return {
    async read(form, id, part) {
      if (form === 'entity') return versionOf(id, await cache.get(keys.entity({ id })));
      if (form === 'tag')
        return (await cache.get(keys.tagged({ group: id, part: partOf(part) }))).version;
      const { bytes } = await cache.getBytes(keys.list({ group: id }));
      return (JSON.parse(bytes.toString()) as { version: number }).version;
    },
    async readMany(ids) {
      const values = await cache.getMany(
        keys.entity,
        ids.map((id) => ({ id })),
      );
      return values.map((value, index) => versionOf(ids[index]!, value));
    },
    async write(entity, group, context) {
      const refs = [keys.list({ group }), { tag: tagOf(group) }];
      // Half of the entities are written through, so that both ways are under test.
      const byRemoval = [keys.entity({ id: entity }), ...refs];
      const throughKey = keys.entity({ id: entity });
      await cache.mutate(
        source.transactor(context),
        entity % 2 === 0
          ? byRemoval
          : [{ writeThrough: throughKey, value: (value: unknown) => value }, ...refs],
        async (tx) => {
          await source.change(tx, entity, group, context);
          const version = context.entityVersion!;
          return version % 5 === 4 ? null : { id: entity, version };
        },
      );
    },
    pauseOutbox: outbox.pause,
    async close() {
      await cache.close();
      await options.closeClients();
    },
  };
}

function explain(event: CacheEvent, log: (text: string) => void): void {
  if (event.type === 'mutation' && event.outcome !== 'applied') log(`mutation ${event.outcome}`);
  if (event.type === 'store-down') log(`store-down: ${event.error.message}`);
  if (event.type === 'store-replaced') log('store-replaced');
  if (event.type === 'outbox-failed') log(`outbox-failed: ${String(event.error)}`);
  if (event.type === 'operation' && event.error) {
    log(`${event.operation} failed: ${event.error.failure}`);
  }
}

function withStoreCrashPoints(store: CacheStore, crashPoints: CrashPoints): CacheStore {
  return {
    ...store,
    async fence(...args) {
      await crashPoints.pass('before-fence');
      await store.fence(...args);
    },
    async lift(...args) {
      const removal = await store.lift(...args);
      await crashPoints.pass('after-lift');
      return removal;
    },
  };
}

/** An outbox with a dispatcher that can be paused, as in a pod with a slow event loop or database. */
function pausable(outbox: Outbox<Tx>): {
  outbox: Outbox<Tx>;
  pause: (isPaused: boolean) => void;
} {
  let isPaused = false;
  return {
    pause: (next) => void (isPaused = next),
    outbox: {
      append: (tx, row) => outbox.append(tx, row),
      markApplied: (id) => outbox.markApplied(id),
      mayHaveCommitted: (error) => outbox.mayHaveCommitted(error),
      replay: () => outbox.replay(),
      close: () => outbox.close(),
      start: (dispatch) =>
        outbox.start({
          ...dispatch,
          async apply(row) {
            if (isPaused) throw new Error('the outbox is paused');
            await dispatch.apply(row);
          },
        }),
    },
  };
}
