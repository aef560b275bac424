import type { Cache, CacheOptions } from '../api.ts';
import { createCache } from '../cache.ts';
import { createMemoryStore } from '../stores/memory/store.ts';
import { createChaosStore, type ChaosStore } from './chaos-store.ts';
import { recordEvents, type RecordedEvents } from './recorded-events.ts';

const TEST_KEYS = ['posts:all', 'posts:id:{id}', 'posts:user:{userId}'];

/** A cache over an in-process store that can be made to fail, with everything it does on record. */
export function createTestCache(
  options: Partial<CacheOptions> = {},
): { cache: Cache } & Omit<ChaosStore, 'store'> & Omit<RecordedEvents, 'listener'> {
  const { store, ...chaos } = createChaosStore(options.store ?? createMemoryStore());
  const { listener, ...events } = recordEvents();
  const listeners = [listener, ...(options.listeners ?? [])];
  const cache = createCache({ keys: TEST_KEYS, ...options, store, listeners });
  return { cache, ...chaos, ...events };
}
