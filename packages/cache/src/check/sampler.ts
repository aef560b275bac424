import { isDeepStrictEqual } from 'node:util';

import type { Cache } from '../api.ts';
import type { CacheKey } from '../keys/define-keys.ts';

/**
 * A sampler for production, after Meta's Polaris ("Cache made consistent", 2022): it acts as a client,
 * compares a share of all reads with the source of truth, and checks each difference again later. A
 * difference that is gone at the next check was a write under way; a difference at every check is an
 * entry that an invalidation missed.
 *
 * @example
 * const sampler = createSampler({
 *   cache,
 *   rate: 0.001,
 *   source: (key) => loadFromPrimary(key),
 *   onResult: ({ verdict, key }) => checks.inc({ verdict, key: key.template }),
 * });
 * const post = await cache.get(keys.byId({ id }));
 * sampler.observe(keys.byId({ id }), post);
 */
export interface Sampler {
  /** Reports the value that a read returned. Returns at once; checks a share of the calls. */
  observe<Value>(key: CacheKey<Value>, value: unknown): void;
  /** Ends all checks under way without a result. */
  close(): void;
}

/**
 * - `consistent`: the first comparison found no difference
 * - `suspect`: it found one; one more result follows, unless the sampler is closed
 * - `resolved`: a later check found none: the read had overtaken a write
 * - `inconsistent`: every check found one
 * - `failed`: the source or the cache could not be read, so this check has no verdict
 * - `skipped`: too many checks were under way
 */
export const VERDICTS = [
  'consistent',
  'suspect',
  'resolved',
  'inconsistent',
  'failed',
  'skipped',
] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface SamplerResult {
  verdict: Verdict;
  key: CacheKey;
  /** From the observed read to this check, in milliseconds. */
  ageMs: number;
  /** For `failed`. */
  error?: unknown;
}

export interface SamplerOptions {
  cache: Pick<Cache, 'get'>;
  /** Reads the source of truth, in the form that the cache returns: for JSON, after a round trip. */
  source: (key: CacheKey) => Promise<unknown>;
  /** Called for every sampled read, and for the later verdict on a suspect. It must not throw. */
  onResult: (result: SamplerResult) => void;
  /** The share of reads that are checked, from 0 to 1. Default 0.001. */
  rate?: number;
  /** When a suspect is checked again, in milliseconds after its first comparison. Default 1,000, 10,000 and 60,000. */
  recheckAfterMs?: readonly number[];
  /** Checks under way at a time, suspects included. Default 100. */
  maxPending?: number;
  /** Whether two values are the same. Default: deep equality. */
  isEqual?: (cached: unknown, source: unknown) => boolean;
  /** A number from 0 to 1, 1 excluded. Default `Math.random`. */
  random?: () => number;
  clock?: SamplerClock;
}

export interface SamplerClock {
  /** Milliseconds on a monotonic clock. */
  now(): number;
  /** Calls back after a time. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

const systemClock: SamplerClock = {
  now: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    // A suspect must not keep a process alive that has nothing else to do.
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export function createSampler(options: SamplerOptions): Sampler {
  const { cache, source, onResult, rate = 0.001, maxPending = 100 } = options;
  const { recheckAfterMs = [1000, 10_000, 60_000], isEqual = isDeepStrictEqual } = options;
  const { random = Math.random, clock = systemClock } = options;
  const timers = new Set<() => void>();
  let pending = 0;
  let closed = false;

  function report(verdict: Verdict, { key, observedAt }: Check, error?: unknown): void {
    if (closed) return;
    const ageMs = clock.now() - observedAt;
    onResult(error === undefined ? { verdict, key, ageMs } : { verdict, key, ageMs, error });
  }

  function end(verdict: Verdict, check: Check, error?: unknown): void {
    pending -= 1;
    report(verdict, check, error);
  }

  function recheckLater(check: Check, comparedAt: number, index: number): void {
    const dueAt = comparedAt + recheckAfterMs[index]!;
    const cancel = clock.after(Math.max(0, dueAt - clock.now()), () => {
      timers.delete(cancel);
      void recheck(check, comparedAt, index);
    });
    timers.add(cancel);
  }

  async function compare(check: Check, value: unknown): Promise<void> {
    try {
      if (isEqual(value, await source(check.key))) return end('consistent', check);
    } catch (error) {
      return end('failed', check, error);
    }
    report('suspect', check);
    if (closed) return undefined;
    if (recheckAfterMs.length === 0) return end('inconsistent', check);
    return recheckLater(check, clock.now(), 0);
  }

  async function recheck(check: Check, comparedAt: number, index: number): Promise<void> {
    try {
      // The source is read on both sides of the cache: an entry written meanwhile equals one of them.
      const before = await source(check.key);
      const cached: unknown = await cache.get(check.key);
      const isGood = isEqual(cached, before) || isEqual(cached, await source(check.key));
      if (isGood) return end('resolved', check);
    } catch (error) {
      return end('failed', check, error);
    }
    if (closed) return undefined;
    if (index + 1 === recheckAfterMs.length) return end('inconsistent', check);
    return recheckLater(check, comparedAt, index + 1);
  }

  return {
    observe(key, value) {
      if (closed || random() >= rate) return;
      const check = { key: key as CacheKey, observedAt: clock.now() };
      if (pending >= maxPending) return report('skipped', check);
      pending += 1;
      void compare(check, value);
    },
    close() {
      closed = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}

interface Check {
  key: CacheKey;
  observedAt: number;
}
