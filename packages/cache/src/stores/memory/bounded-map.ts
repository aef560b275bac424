/** A map with entries that expire; it evicts the least recently used one when it is full. All in O(1). */
export interface BoundedMap<V> {
  readonly count: number;
  /** The sum of all entries' sizes. */
  readonly size: number;
  get(key: string): V | undefined;
  set(key: string, value: V, lifeMs: number): void;
  /** True: there was an entry, and its time had not passed. */
  delete(key: string): boolean;
  keys(): Iterable<string>;
  /** Removes every expired entry. O(n). */
  expire(): void;
  clear(): void;
}

interface BoundedMapOptions<V> {
  maxEntries: number;
  maxSize: number;
  /** Called once for each value, when it is set. */
  sizeOf: (value: V) => number;
  now: () => number;
}

interface Node<V> {
  key: string;
  value: V;
  size: number;
  expiresAt: number;
  older: Node<V>;
  newer: Node<V>;
}

export function createBoundedMap<V>(options: BoundedMapOptions<V>): BoundedMap<V> {
  const { maxEntries, maxSize, sizeOf, now } = options;
  const nodes = new Map<string, Node<V>>();
  // A ring in order of use: a read relinks a node, which is cheaper than a new slot in the Map.
  const ring = createRing<V>();
  let size = 0;

  /** Removes an entry. True: its time had not passed. */
  function remove(node: Node<V> | undefined): boolean {
    if (!node) return false;
    nodes.delete(node.key);
    unlink(node);
    size -= node.size;
    return node.expiresAt > now();
  }

  return {
    get count() {
      return nodes.size;
    },
    get size() {
      return size;
    },
    get(key) {
      const node = nodes.get(key);
      if (!node) return undefined;
      if (node.expiresAt <= now()) {
        remove(node);
        return undefined;
      }
      if (node.newer !== ring) {
        unlink(node);
        linkNewest(node, ring);
      }
      return node.value;
    },
    set(key, value, lifeMs) {
      remove(nodes.get(key));
      const node: Node<V> = {
        key,
        value,
        size: sizeOf(value),
        expiresAt: now() + lifeMs,
        older: ring,
        newer: ring,
      };
      nodes.set(key, node);
      linkNewest(node, ring);
      size += node.size;
      while (nodes.size > 0 && (nodes.size > maxEntries || size > maxSize)) remove(ring.newer);
    },
    delete: (key) => remove(nodes.get(key)),
    keys: () => nodes.keys(),
    expire() {
      for (const node of nodes.values()) if (node.expiresAt <= now()) remove(node);
    },
    clear() {
      nodes.clear();
      ring.older = ring.newer = ring;
      size = 0;
    },
  };
}

/** The node between the newest and the oldest: its `newer` is the oldest entry, its `older` the newest. */
function createRing<V>(): Node<V> {
  const ring = { key: '', size: 0, expiresAt: 0 } as Node<V>;
  ring.older = ring.newer = ring;
  return ring;
}

function unlink<V>({ older, newer }: Node<V>): void {
  older.newer = newer;
  newer.older = older;
}

function linkNewest<V>(node: Node<V>, ring: Node<V>): void {
  node.older = ring.older;
  node.newer = ring;
  ring.older.newer = node;
  ring.older = node;
}
