import { patternToRegExp } from '../keys/keys.ts';
import type { LocalTarget } from './local-message.ts';

/**
 * The last invalidations, to recognise a value with a read that began before one of them, while a write
 * to one key does not refuse the values of all others.
 */
export interface RecentInvalidations {
  /** The number of invalidations so far: take it before a read begins. */
  position(): number;
  add(target: LocalTarget): void;
  /** Counts as an invalidation of everything. */
  addAll(): void;
  /**
   * Whether the entry may have been invalidated since `position`. True also if so many
   * invalidations have passed that the answer is unknown.
   */
  concern(position: number, key: string, tags: readonly string[]): boolean;
}

type Matcher = (key: string, tags: readonly string[]) => boolean;

export function createRecentInvalidations(capacity: number): RecentInvalidations {
  const ring: Matcher[] = [];
  let count = 0;
  /** Reads that began before this position are refused. */
  let floor = 0;
  return {
    position: () => count,
    add(target) {
      ring[count % capacity] = matcherOf(target);
      count += 1;
    },
    addAll() {
      ring.length = 0;
      floor = count += 1;
    },
    concern(position, key, tags) {
      if (position < floor || count - position > capacity) return true;
      for (let i = position; i < count; i += 1) {
        if (ring[i % capacity]!(key, tags)) return true;
      }
      return false;
    },
  };
}

function matcherOf(target: LocalTarget): Matcher {
  if (target.kind === 'key') return (key) => key === target.key;
  if (target.kind === 'tag') return (_key, tags) => tags.includes(target.tag);
  const expression = patternToRegExp(target.pattern);
  return (key) => expression.test(key);
}
