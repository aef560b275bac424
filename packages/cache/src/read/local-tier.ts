import type { InvalidationBus } from '../api.ts';
import { CacheUsageError } from '../errors.ts';
import type { Events } from '../observe/events.ts';
import { createLocalEntries } from './local-entries.ts';
import { decodeMessage, encodeMessage, type LocalTarget } from './local-message.ts';
import { createLocalSync } from './local-sync.ts';
import { createRecentInvalidations } from './recent-invalidations.ts';

export type { LocalTarget } from './local-message.ts';

/**
 * Entries in this process' memory, in front of the store.
 *
 * **The bound.** A read returns no value for longer than `boundMs` after an invalidation of it
 * reached the bus. It rests on the following rules.
 *
 * 1. Every tier numbers its invalidations and sends a heartbeat with the number reached. A number
 *    named by one heartbeat that has not arrived by the next is lost, and everything is dropped.
 *    Until then the order of messages does not matter, as on Redis Cluster.
 * 2. Entries are returned only while this tier's own heartbeat, sent less than `boundMs` ago, has
 *    come back, and while every known sender has proved within `boundMs` that nothing of it is
 *    missing. The proof counts from the last own heartbeat that returned before it: the bus took
 *    the sender's message after that one. Otherwise everything is dropped.
 * 3. Each read compares this time with the monotonic clock. A process that was stopped returns
 *    nothing until its heartbeats pass through the bus again.
 * 4. A message from an unknown sender that had invalidated before drops everything: its earlier
 *    ones may be lost. So does a missing own heartbeat, an interrupted subscription, and a message
 *    that cannot be decoded.
 * 5. A value is kept only if no invalidation of it has arrived since its read began. An
 *    invalidation is published after the store was invalidated, so a value that was read before
 *    that is refused or removed when the message arrives.
 *
 * Let an invalidation reach the bus at _p_ without arriving here. The sender's last complete proof was
 * taken by the bus before _p_, and dated before that, so reads end before _p_ + `boundMs`. Two gaps
 * remain: a sender that is unknown here until its first heartbeat arrives, `heartbeatMs` later
 * (`boundMs` + `heartbeatMs` covers it); and the time that the message needs from the writer to the
 * bus, or between the nodes of Redis Cluster.
 *
 * **A writer that cannot publish** is silent to the others, which drop everything within the bound.
 * Its invalidation is then settled by the outbox of another process, which publishes it as its own;
 * until that time the store holds the old value too, and the outbox' bound applies.
 *
 * **A bus that is divided**, as by a partition of Redis Cluster, silences the senders of the other
 * side: everything is dropped once, and entries kept from then on are as fresh as the store that this
 * side can reach.
 */
export interface LocalTier {
  /** The bytes, shared with other readers: never write to them. */
  get(key: string): Buffer | undefined;
  /** Call before the store is read or a value is loaded; pass the result to `set`. */
  begin(): number;
  /**
   * Keeps bytes for at most `ttlMs`, which must not outlast the store's entry. Does nothing if the
   * entry may have been invalidated since `begin`, or the tier is out of sync.
   */
  set(key: string, bytes: Buffer, ttlMs: number, tags: readonly string[], begun: number): void;
  /**
   * Removes entries here, at once, and in the other processes. Call it after the store has been
   * invalidated, and also if that failed after a commit. Never throws.
   */
  invalidate(targets: readonly LocalTarget[]): void;
  /** Removes an entry here, and only here. */
  remove(key: string): void;
  /** Removes everything here: the store is another one than before. */
  drop(): void;
  inSync(): boolean;
  readonly sizeBytes: number;
  /** Announces the end to the other processes. The bus stays open. */
  close(): void;
}

export interface LocalTierOptions {
  bus: InvalidationBus;
  maxBytes: number;
  events: Pick<Events, 'emit'>;
  /** Unique to this tier and never reused: `randomUUID()`. */
  processId: string;
  /** Monotonic, in milliseconds. It must not stand still while the process is stopped. */
  now?: () => number;
  /** Default 250. */
  heartbeatMs?: number;
  /** Default 1,000; at least three heartbeats. */
  boundMs?: number;
  /** Runs a function regularly; returns a function that stops it. */
  every?: (intervalMs: number, run: () => void) => () => void;
}

/** How many invalidations may pass during one read of the store before its value is refused. */
const RECENT_INVALIDATIONS = 1024;

/** @throws CacheUsageError for a bound that one late heartbeat would exceed */
export function createLocalTier(options: LocalTierOptions): LocalTier {
  const { bus, events, processId, heartbeatMs = 250, boundMs = 1000 } = options;
  const { now = () => performance.now(), every = everyUnreferenced } = options;
  if (boundMs < 3 * heartbeatMs) {
    throw new CacheUsageError('boundMs must be at least three times heartbeatMs');
  }
  const entries = createLocalEntries(options.maxBytes);
  const recent = createRecentInvalidations(RECENT_INVALIDATIONS);
  const sync = createLocalSync({
    self: processId,
    heartbeatMs,
    boundMs,
    now,
    onLost: dropAll,
    // A read that began earlier may have overtaken an invalidation that never arrived.
    onSynced: recent.addAll,
  });
  let invalidations = 0;
  let beats = 0;

  const stopHeartbeat = every(heartbeatMs, beat);
  const unsubscribe = bus.subscribe(receive);
  beat();

  function dropAll(reason: 'gap' | 'silence' | 'store-replaced'): void {
    entries.clear();
    recent.addAll();
    events.emit({ type: 'local-dropped', reason });
  }

  function beat(): void {
    const sentAtMs = now();
    sync.check(sentAtMs);
    beats += 1;
    const count = invalidations;
    bus.publish(
      encodeMessage({ type: 'heartbeat', sender: processId, count, beat: beats, sentAtMs }),
    );
  }

  function receive(text: string): void {
    const message = decodeMessage(text);
    if (!message) {
      sync.interrupt();
      // Subscribed: do not wait for the timer.
      if (text === '') beat();
      return;
    }
    sync.receive(message);
    if (message.type === 'invalidation' && message.sender !== processId) remove(message.targets);
  }

  function remove(targets: readonly LocalTarget[]): void {
    for (const target of targets) {
      recent.add(target);
      entries.removeTarget(target);
    }
  }

  return {
    get(key) {
      const entry = entries.find(key);
      if (entry === undefined) return undefined;
      const atMs = now();
      if (atMs >= sync.aliveUntilMs && !sync.check(atMs)) return undefined;
      if (atMs >= entry.expiresAtMs) {
        entries.remove(key);
        return undefined;
      }
      entry.used = true;
      return entry.bytes;
    },
    begin: recent.position,
    set(key, bytes, ttlMs, tags, begun) {
      const atMs = now();
      if (!sync.check(atMs) || recent.concern(begun, key, tags)) return;
      entries.put(key, bytes, atMs + ttlMs, tags);
    },
    invalidate(targets) {
      remove(targets);
      invalidations += 1;
      const number = invalidations;
      bus.publish(encodeMessage({ type: 'invalidation', sender: processId, number, targets }));
    },
    remove: entries.remove,
    drop: () => dropAll('store-replaced'),
    inSync: () => sync.check(now()),
    get sizeBytes() {
      return entries.sizeBytes;
    },
    close() {
      stopHeartbeat();
      unsubscribe();
      const count = invalidations;
      bus.publish(encodeMessage({ type: 'farewell', sender: processId, count }));
      sync.stop();
      entries.clear();
    },
  };
}

function everyUnreferenced(intervalMs: number, run: () => void): () => void {
  const timer = setInterval(run, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
