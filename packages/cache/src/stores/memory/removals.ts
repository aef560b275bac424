import { assertKey, assertName, patternToRegExp } from '../../keys/keys.ts';
import type { CacheStore, Removal, Target } from '../../protocol/store.ts';
import type { MemoryState } from './state.ts';

type Removals = Pick<CacheStore, 'fence' | 'lift' | 'invalidate' | 'invalidateMatching'>;

const OF_TAG: Removal = { removed: false, stored: false };

export function createRemovals(state: MemoryState): Removals {
  const { entries, leases, fences, tags, remove } = state;

  /** Whether an entry was there. */
  function removeTarget(target: Target): boolean {
    if (target.kind === 'key') {
      assertKey(target.key);
      return remove(target.key);
    }
    assertName(target.tag, 'tag');
    tags.remove(target.tag);
    return false;
  }

  return {
    async fence(target, fenceId, fenceMs) {
      removeTarget(target);
      if (target.kind === 'tag') tags.fences.add(target.tag, fenceId, fenceMs);
      else fences.add(target.key, fenceId, fenceMs);
    },
    async lift(target, fenceId, value) {
      const removed = removeTarget(target);
      if (target.kind === 'tag') {
        tags.fences.lift(target.tag, fenceId);
        return OF_TAG;
      }
      const wasAlone = fences.lift(target.key, fenceId);
      if (value && wasAlone) entries.put(target.key, value, []);
      return { removed, stored: value !== undefined && wasAlone };
    },
    async invalidate(target) {
      const removed = removeTarget(target);
      if (target.kind === 'tag') return OF_TAG;
      // A value that comes with a lift may be older than this invalidation's write.
      fences.overlap(target.key);
      return { removed, stored: false };
    },
    async invalidateMatching(pattern, signal) {
      signal?.throwIfAborted();
      const expression = patternToRegExp(pattern);
      let removed = 0;
      for (const key of new Set([...leases.keys(), ...fences.names(), ...entries.keys()])) {
        if (!expression.test(key)) continue;
        fences.overlap(key);
        if (remove(key)) removed += 1;
      }
      return removed;
    },
  };
}
