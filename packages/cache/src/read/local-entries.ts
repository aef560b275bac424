import { patternToRegExp } from '../keys/keys.ts';
import type { LocalTarget } from './local-message.ts';

/** One entry of the in-process tier. */
export interface LocalEntry {
  readonly bytes: Buffer;
  /** On the tier's clock. */
  readonly expiresAtMs: number;
  readonly tags: readonly string[];
  readonly sizeBytes: number;
  /** Read since the eviction last passed it. */
  used: boolean;
}

/** The tier's entries: bounded in bytes, found by key, removed by key, tag or pattern. */
export interface LocalEntries {
  readonly sizeBytes: number;
  readonly count: number;
  /** Also an entry past its time. The caller sets `used`. */
  find(key: string): LocalEntry | undefined;
  /** Keeps a copy. An entry larger than the whole tier is not kept. */
  put(key: string, bytes: Buffer, expiresAtMs: number, tags: readonly string[]): void;
  remove(key: string): void;
  removeTarget(target: LocalTarget): void;
  clear(): void;
}

/** The share of an entry that is not its bytes: the objects and map slots around it, estimated. */
const OVERHEAD_BYTES = 256;

/**
 * Evicts by second chance (CLOCK; Corbató, *A Paging Experiment with the Multics System*, 1968): a
 * read sets one flag in place of moving the entry, which keeps a hit as cheap as a map lookup.
 */
export function createLocalEntries(maxBytes: number): LocalEntries {
  // A Map iterates in insertion order: its first entry is where the clock's hand points.
  const entries = new Map<string, LocalEntry>();
  const keysOfTag = new Map<string, Set<string>>();
  let sizeBytes = 0;

  function remove(key: string): void {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    sizeBytes -= entry.sizeBytes;
    for (const tag of entry.tags) {
      const keys = keysOfTag.get(tag);
      keys?.delete(key);
      if (keys?.size === 0) keysOfTag.delete(tag);
    }
  }

  function evict(): void {
    for (const [key, entry] of entries) {
      if (sizeBytes <= maxBytes) return;
      if (entry.used) {
        entry.used = false;
        entries.delete(key);
        entries.set(key, entry);
      } else {
        remove(key);
      }
    }
  }

  function link(key: string, tags: readonly string[]): void {
    for (const tag of tags) {
      const keys = keysOfTag.get(tag);
      if (keys) keys.add(key);
      else keysOfTag.set(tag, new Set([key]));
    }
  }

  return {
    get sizeBytes() {
      return sizeBytes;
    },
    get count() {
      return entries.size;
    },
    find: (key) => entries.get(key),
    put(key, bytes, expiresAtMs, tags) {
      remove(key);
      const size = sizeOf(key, bytes, tags);
      if (size > maxBytes) return;
      entries.set(key, { bytes: own(bytes), expiresAtMs, tags, sizeBytes: size, used: false });
      sizeBytes += size;
      link(key, tags);
      evict();
    },
    remove,
    removeTarget(target) {
      if (target.kind === 'key') return remove(target.key);
      if (target.kind === 'tag') return keysOfTag.get(target.tag)?.forEach(remove);
      const expression = patternToRegExp(target.pattern);
      for (const key of entries.keys()) if (expression.test(key)) remove(key);
    },
    clear() {
      entries.clear();
      keysOfTag.clear();
      sizeBytes = 0;
    },
  };
}

function sizeOf(key: string, bytes: Buffer, tags: readonly string[]): number {
  const names = tags.reduce((sum, tag) => sum + tag.length, key.length);
  // Two bytes for each character, as in the worst case of V8.
  return bytes.length + 2 * names + OVERHEAD_BYTES;
}

/** A small buffer is often a view of a large one, such as a socket's read, and would retain all of it. */
function own(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength === bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
