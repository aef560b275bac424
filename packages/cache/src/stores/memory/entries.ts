import { crc32 } from 'node:zlib';

import { formatStamp } from '../../protocol/stamp.ts';
import type { Entry, NewValue } from '../../protocol/store.ts';
import { createBoundedMap, type BoundedMap } from './bounded-map.ts';

/** An entry, kept past its time if it has a grace period. */
export interface Stored {
  entry: Entry;
  epochs: readonly string[];
  expiresAtMs: number;
}

export interface Entries extends Omit<BoundedMap<Stored>, 'set'> {
  /** Stores a copy of a value, with a stamp of its own. */
  put(key: string, value: NewValue, epochs: readonly string[]): void;
}

/** There is one incarnation: entries end with the process. */
export const GENERATION = 'memory';

export function createEntries(options: {
  maxEntries: number;
  maxBytes: number;
  now: () => number;
}): Entries {
  const { maxEntries, maxBytes, now } = options;
  const map = createBoundedMap<Stored>({
    now,
    maxEntries,
    maxSize: maxBytes,
    sizeOf: ({ entry }) => entry.bytes.length,
  });
  let lastId = 0;

  return Object.assign(map, {
    put(key: string, value: NewValue, epochs: readonly string[]): void {
      const { ttlMs, graceMs, loadMs, codec } = value;
      const bytes = Buffer.from(value.bytes);
      const expiresAtMs = now() + ttlMs;
      lastId += 1;
      const stamp = formatStamp({
        generation: GENERATION,
        id: String(lastId),
        checksum: crc32(bytes).toString(16),
        expiresAtMs,
        loadMs,
        codec,
        epochs,
      });
      map.set(key, { entry: { bytes, stamp }, epochs, expiresAtMs }, ttlMs + graceMs);
    },
  });
}
