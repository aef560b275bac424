import { randomUUID } from 'node:crypto';

import { assertName } from '../../keys/keys.ts';
import { createBoundedMap } from './bounded-map.ts';
import { createFenceMap, type FenceMap } from './fence-map.ts';

/** The epochs of tags. A removed epoch never comes back: its successor is random. */
export interface Tags {
  readonly fences: FenceMap;
  /** The tags' epochs, in order; `undefined` while a writer is committing to one of them. */
  epochsOf(tags: readonly string[] | undefined): readonly string[] | undefined;
  remove(tag: string): void;
  clear(): void;
}

/** Tags contain ids, so their number is bounded like that of entries. An evicted epoch makes its entries misses. */
const EPOCHS_PER_ENTRY = 4;
/** Far beyond the life of any entry. */
const EPOCH_LIFE_MS = 30 * 24 * 60 * 60 * 1000;
const NO_EPOCHS: readonly string[] = [];

export function createTags(maxEntries: number, now: () => number): Tags {
  const maxEpochs = maxEntries * EPOCHS_PER_ENTRY;
  const epochs = createBoundedMap<string>({
    now,
    maxEntries: maxEpochs,
    maxSize: maxEpochs,
    sizeOf: () => 1,
  });
  const fences = createFenceMap(Infinity, now);

  function epochOf(tag: string): string | undefined {
    assertName(tag, 'tag');
    if (fences.has(tag)) return undefined;
    const epoch = epochs.get(tag) ?? randomUUID();
    epochs.set(tag, epoch, EPOCH_LIFE_MS);
    return epoch;
  }

  return {
    fences,
    epochsOf(tags) {
      if (!tags) return NO_EPOCHS;
      const current = tags.map(epochOf);
      return current.every((epoch) => epoch !== undefined) ? current : undefined;
    },
    remove: (tag) => void epochs.delete(tag),
    clear() {
      epochs.clear();
      fences.clear();
    },
  };
}

export function sameEpochs(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((epoch, index) => epoch === b[index]);
}
