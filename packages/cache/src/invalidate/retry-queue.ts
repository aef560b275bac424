import { OTHER, PATTERN, patternToRegExp, templateToPattern } from '../keys/keys.ts';
import { createLane } from './lane.ts';
import { identify, type InvalidationTarget } from './targets.ts';

/** Failed invalidations, repeated until they succeed. */
export interface RetryQueue {
  readonly size: number;
  /**
   * Keeps a target. False: the queue is full and nothing could be merged, so it is dropped.
   *
   * @param durable another record of it exists, in the outbox: it is not lost with this process
   */
  add(target: InvalidationTarget, durable?: boolean): boolean;
  /** Whether an invalidation that covers this entry is still to be repeated. */
  isSuspect(key: string, tags: readonly string[] | undefined): boolean;
  /** Repeats everything now: the store answers again. */
  retryNow(): void;
  /** Repeats everything once more, and nothing after it. Resolves with how many are lost. */
  flush(options: { deadlineMs: number }): Promise<number>;
  /** Stops repeating. */
  close(): void;
}

interface RetryQueueOptions {
  /** Targets kept one by one. Beyond it the keys of a template are merged into its pattern. */
  max: number;
  /** Between two attempts. */
  retryMs: number;
  /** Carries an invalidation out, or rejects. Bounded by a deadline of its own. */
  apply: (target: InvalidationTarget) => Promise<number>;
  /** After each success, with the result of `apply`. The queue is shorter by then. */
  onApplied: (target: InvalidationTarget, removed: number) => void;
  /** While the store is away, nothing is repeated. */
  isStoreAway: () => boolean;
}

interface Item {
  target: InvalidationTarget;
  durable: boolean;
  state: 'waiting' | 'due' | 'running';
  /** Failed again while it was being repeated: that attempt may have come before the newer write. */
  renewed: boolean;
}

/**
 * Keys and tags that are repeated at a time. Each takes a deadline if the store is silent about it,
 * so a thousand such ones hold a healthy one up for no more than a few deadlines.
 */
const LANES = 200;

/** Each walks the whole key space. */
const PATTERN_LANES = 1;

/** Each item is repeated on its own: those that keep failing never hold up the others. */
export function createRetryQueue(options: RetryQueueOptions): RetryQueue {
  const { max, retryMs, apply, onApplied, isStoreAway } = options;
  const items = new Map<string, Item>();
  const patterns = new Map<string, RegExp>();
  const keysOfTemplate = new Map<string, number>();
  const lanes = createLane(LANES);
  const patternLanes = createLane(PATTERN_LANES);
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function put(target: InvalidationTarget, durable: boolean): void {
    const item: Item = { target, durable, state: 'waiting', renewed: false };
    items.set(identify(target), item);
    if (target.kind === 'key') countKeys(target.template, 1);
    if (target.kind === 'pattern') patterns.set(target.pattern, patternToRegExp(target.pattern));
    retryLater();
  }

  function retryLater(): void {
    if (closed || items.size === 0) return;
    timer ??= setTimeout(() => {
      timer = undefined;
      if (!isStoreAway()) retryAll();
      retryLater();
    }, retryMs).unref();
  }

  function remove(item: Item): void {
    const { target } = item;
    items.delete(identify(target));
    if (target.kind === 'key') countKeys(target.template, -1);
    if (target.kind === 'pattern') patterns.delete(target.pattern);
  }

  function countKeys(template: string, change: number): void {
    const count = (keysOfTemplate.get(template) ?? 0) + change;
    if (count > 0) keysOfTemplate.set(template, count);
    else keysOfTemplate.delete(template);
  }

  /** Merges the keys of a template into its pattern, which removes more entries and drops no target. */
  function merge(template: string, durable: boolean): void {
    for (const item of items.values()) {
      if (item.target.kind !== 'key' || item.target.template !== template) continue;
      durable &&= item.durable;
      remove(item);
    }
    keep({ kind: 'pattern', pattern: templateToPattern(template), template: PATTERN }, durable);
  }

  function keep(target: InvalidationTarget, durable: boolean): void {
    const item = items.get(identify(target));
    if (!item) return put(target, durable);
    item.durable &&= durable;
    if (item.state === 'running') item.renewed = true;
  }

  /** Merges the keys of the template that has most of them. */
  function makeRoom(): boolean {
    let largest: string | undefined;
    for (const [template, count] of keysOfTemplate) {
      if (template === OTHER || count < 2) continue;
      if (!largest || count > keysOfTemplate.get(largest)!) largest = template;
    }
    if (largest) merge(largest, true);
    return largest !== undefined;
  }

  function retryAll(): void {
    for (const item of items.values()) {
      if (item.state !== 'waiting') continue;
      item.state = 'due';
      const lane = item.target.kind === 'pattern' ? patternLanes : lanes;
      lane.run(() => attempt(item));
    }
  }

  async function attempt(item: Item): Promise<void> {
    // Merged into a pattern meanwhile.
    if (items.get(identify(item.target)) !== item) return;
    item.state = 'running';
    item.renewed = false;
    const removed = await apply(item.target).catch(() => undefined);
    item.state = 'waiting';
    if (removed === undefined) return;
    if (!item.renewed && items.get(identify(item.target)) === item) remove(item);
    onApplied(item.target, removed);
  }

  return {
    get size() {
      return items.size;
    },
    add(target, durable = false) {
      const isFull = items.size >= max && !items.has(identify(target));
      if (!isFull || isFixedKey(target)) {
        keep(target, durable);
      } else if (target.kind === 'key' && target.template !== OTHER) {
        merge(target.template, durable);
      } else if (makeRoom()) {
        keep(target, durable);
      } else {
        return false;
      }
      return true;
    },
    isSuspect(key, tags) {
      if (items.size === 0) return false;
      if (items.has(`key:${key}`)) return true;
      if (tags?.some((tag) => items.has(`tag:${tag}`))) return true;
      for (const regExp of patterns.values()) if (regExp.test(key)) return true;
      return false;
    },
    retryNow: retryAll,
    async flush({ deadlineMs }) {
      closed = true;
      clearTimeout(timer);
      retryAll();
      const idle = Promise.all([lanes.idle(), patternLanes.idle()]);
      let deadline: NodeJS.Timeout | undefined;
      const expired = new Promise((resolve) => (deadline = setTimeout(resolve, deadlineMs)));
      await Promise.race([idle, expired]);
      clearTimeout(deadline);
      return [...items.values()].filter(({ durable }) => !durable).length;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}

/** The only key of its template: there are no more of these than templates. */
function isFixedKey(target: InvalidationTarget): boolean {
  return target.kind === 'key' && target.key === target.template;
}
