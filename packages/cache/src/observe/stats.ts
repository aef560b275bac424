import type { CacheListener } from './events.ts';

/** Reads since the cache was made. `hitRatio` is hits / (hits + misses), `null` before the first. */
export interface CacheStats {
  hits: number;
  misses: number;
  bypasses: number;
  hitRatio: number | null;
}

/** Counts reads by their outcome. */
export function createStats(): { listener: CacheListener; read(): CacheStats } {
  let hits = 0;
  let misses = 0;
  let bypasses = 0;
  return {
    listener(event) {
      if (event.type === 'hit') hits += 1;
      else if (event.type === 'miss') misses += 1;
      else if (event.type === 'bypass') bypasses += 1;
    },
    read() {
      const answered = hits + misses;
      return { hits, misses, bypasses, hitRatio: answered === 0 ? null : hits / answered };
    },
  };
}
