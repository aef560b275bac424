import { createBoundedMap } from './bounded-map.ts';
import { createFenceList, type FenceList } from './fences.ts';

/** The fences of many targets. Evicts the least recently used when there are too many. */
export interface FenceMap {
  has(name: string): boolean;
  add(name: string, id: string, lifeMs: number): void;
  /** As `FenceList.lift`. */
  lift(name: string, id: string): boolean;
  overlap(name: string): void;
  names(): Iterable<string>;
  clear(): void;
}

export function createFenceMap(maxEntries: number, now: () => number): FenceMap {
  const lists = createBoundedMap<FenceList>({
    now,
    maxEntries,
    maxSize: maxEntries,
    sizeOf: () => 1,
  });

  /** The list with the fences that stand now; `undefined` if there are none. */
  function standing(name: string): FenceList | undefined {
    const list = lists.get(name);
    list?.expire(now());
    return list?.size ? list : undefined;
  }

  return {
    has: (name) => standing(name) !== undefined,
    add(name, id, lifeMs) {
      const list = standing(name) ?? createFenceList();
      list.add(id, now() + lifeMs);
      lists.set(name, list, list.latestUntilMs - now());
    },
    lift(name, id) {
      const list = standing(name);
      if (!list) return false;
      const alone = list.lift(id);
      if (list.size === 0) lists.delete(name);
      return alone;
    },
    overlap: (name) => standing(name)?.overlap(),
    names: () => lists.keys(),
    clear: () => lists.clear(),
  };
}
