import type { CacheListener } from './events.ts';

/** Reads since the cache was made, each counted once, by the outcome of `events.ts`. */
export interface CacheStats {
  hits: number;
  misses: number;
  stale: number;
  fallbacks: number;
  /**
   * hits / (hits + misses): how often an entry was there when its time had not passed. Stale reads
   * and fallbacks are in neither: a grace period or a lost store must not make a cache look better
   * or worse at its work. `null` before the first hit or miss.
   */
  hitRatio: number | null;
}

/** Counts reads by their outcome. */
export function createStats(): { listener: CacheListener; read(): CacheStats } {
  let hits = 0;
  let misses = 0;
  let stale = 0;
  let fallbacks = 0;
  return {
    listener(event) {
      if (event.type === 'hit') hits += 1;
      else if (event.type === 'miss') misses += 1;
      else if (event.type === 'stale') stale += 1;
      else if (event.type === 'fallback') fallbacks += 1;
    },
    read() {
      const compared = hits + misses;
      const hitRatio = compared === 0 ? null : hits / compared;
      return { hits, misses, stale, fallbacks, hitRatio };
    },
  };
}
