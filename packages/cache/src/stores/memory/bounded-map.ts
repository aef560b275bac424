/** A map whose entries expire, and of which the one used longest ago goes when it is full. */
export interface BoundedMap<V> {
  readonly count: number;
  /** The sum of all entries' sizes. */
  readonly size: number;
  get(key: string): V | undefined;
  set(key: string, value: V, lifeMs: number): void;
  /** True says that there was an entry whose time had not passed. */
  delete(key: string): boolean;
  keys(): Iterable<string>;
  /** Drops every entry whose time has passed. */
  expire(): void;
  clear(): void;
}

interface BoundedMapOptions<V> {
  maxEntries: number;
  maxSize: number;
  sizeOf: (value: V) => number;
  now: () => number;
}

export function createBoundedMap<V>(options: BoundedMapOptions<V>): BoundedMap<V> {
  const { maxEntries, maxSize, sizeOf, now } = options;
  // A Map keeps its insertion order: whatever is used goes to the end, whatever is first goes.
  const entries = new Map<string, { value: V; expiresAt: number }>();
  let size = 0;

  /** Takes an entry off; one whose time has passed counts as none. */
  function take(key: string): { value: V; expiresAt: number } | undefined {
    const found = entries.get(key);
    if (!found) return undefined;
    entries.delete(key);
    size -= sizeOf(found.value);
    return found.expiresAt > now() ? found : undefined;
  }

  function put(key: string, entry: { value: V; expiresAt: number }): void {
    entries.set(key, entry);
    size += sizeOf(entry.value);
  }

  return {
    get count() {
      return entries.size;
    },
    get size() {
      return size;
    },
    get(key) {
      const found = take(key);
      if (found) put(key, found);
      return found?.value;
    },
    set(key, value, lifeMs) {
      take(key);
      put(key, { value, expiresAt: now() + lifeMs });
      for (const oldest of entries.keys()) {
        if (entries.size <= maxEntries && size <= maxSize) break;
        take(oldest);
      }
    },
    delete: (key) => take(key) !== undefined,
    keys: () => entries.keys(),
    expire() {
      for (const [key, { expiresAt }] of entries) if (expiresAt <= now()) take(key);
    },
    clear() {
      entries.clear();
      size = 0;
    },
  };
}
