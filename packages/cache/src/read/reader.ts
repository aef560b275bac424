import { decodeStored } from '../codecs/compression.ts';
import { CacheStoreError } from '../errors.ts';
import type { Events } from '../observe/events.ts';
import { codecOf, parseStamp } from '../protocol/stamp.ts';
import type { CacheStore, Entry } from '../protocol/store.ts';
import type { OriginLimit } from '../resilience/origin-limit.ts';
import type { Loads } from './loads.ts';
import type { LocalTier } from './local-tier.ts';
import { createMisses } from './misses.ts';
import { shouldRefresh } from './refresh-ahead.ts';
import type { ReadRequest, ReadResult } from './request.ts';
import type { StoreCalls } from './store-calls.ts';

/** Reads through the cache, as `docs/decisions/2026-11-25-cache-protocol.md` describes it. */
export interface Reader {
  read(request: ReadRequest): Promise<ReadResult>;
  /** `read` after the bytes that it returned could not be decoded: removes them where they are from. */
  readAgain(request: ReadRequest, undecodable: ReadResult): Promise<ReadResult>;
}

interface ReaderOptions {
  store: Pick<CacheStore, 'now'>;
  calls: StoreCalls;
  loads: Loads;
  events: Events;
  originLimit: OriginLimit;
  /** Whether a failed invalidation of this entry waits to be repeated. */
  isSuspect: (key: string, tags: readonly string[] | undefined) => boolean;
  local: LocalTier | undefined;
  /** Time limit of all store operations of one read together. */
  storeMs: number;
  random: () => number;
}

const SUSPECT = new CacheStoreError('error', 'an invalidation of this entry failed');

export function createReader(options: ReaderOptions): Reader {
  const { store, calls, loads, events, originLimit, isSuspect, local, storeMs, random } = options;
  const misses = createMisses({ store, calls, loads, events, originLimit, storeMs, decode });
  const refreshing = new Set<string>();

  async function decode(request: ReadRequest, entry: Entry): Promise<Buffer | undefined> {
    const codec = codecOf(entry.stamp);
    if (codec === request.policy.codecLabel) return entry.bytes;
    const bytes = await decodeStored(request.policy, codec, entry.bytes);
    if (!bytes) await discard(request, entry.stamp, 'codec');
    return bytes;
  }

  async function discard(
    request: ReadRequest,
    stamp: string,
    reason: 'codec' | 'undecodable',
  ): Promise<void> {
    const { address, template } = request;
    events.emit({ type: 'discarded', key: address.key, template, reason });
    await calls.discard(request, stamp);
  }

  async function fallback(request: ReadRequest, cause: unknown): Promise<ReadResult> {
    if (!(cause instanceof CacheStoreError)) throw cause;
    const { address, template } = request;
    events.emit({ type: 'fallback', key: address.key, template, error: cause });
    return { ...(await misses.loadUnleased(request)), outcome: 'fallback', from: 'load' };
  }

  function hit(request: ReadRequest, bytes: Buffer, stamp: string): ReadResult {
    const { address, template, policy } = request;
    events.emit({ type: 'hit', key: address.key, template, tier: 'store' });
    if (policy.beta > 0) refreshIfDue(request, stamp);
    return { bytes, outcome: 'hit', from: 'store', stored: true, stamp };
  }

  function refreshIfDue(request: ReadRequest, text: string): void {
    const { key } = request.address;
    const stamp = parseStamp(text);
    if (!stamp || refreshing.has(key)) return;
    const { expiresAtMs, loadMs } = stamp;
    const { beta } = request.policy;
    if (!shouldRefresh({ nowMs: store.now(), expiresAtMs, loadMs, beta, random })) return;
    refreshing.add(key);
    refresh(request, text)
      // The entry is still good; a failed load has its own event.
      .catch(() => undefined)
      .finally(() => refreshing.delete(key));
  }

  async function refresh(request: ReadRequest, stamp: string): Promise<void> {
    const lease = await calls.leaseRefresh(request, stamp);
    if (!lease) return;
    events.emit({ type: 'refresh', key: request.address.key, template: request.template });
    await misses.fill(request, lease, storeMs);
  }

  /** From the store, or else from the loader. */
  async function readStore(request: ReadRequest): Promise<ReadResult> {
    const startedAt = performance.now();
    let entry: Entry | undefined;
    let bytes: Buffer | undefined;
    try {
      entry = await calls.read(request);
      if (entry) {
        const isPlain = codecOf(entry.stamp) === request.policy.codecLabel;
        bytes = isPlain ? entry.bytes : await decode(request, entry);
      }
    } catch (cause) {
      return fallback(request, cause);
    }
    if (entry && bytes) return hit(request, bytes, entry.stamp);
    return missed(request, storeMs - (performance.now() - startedAt));
  }

  async function missed(request: ReadRequest, storeMsLeft: number): Promise<ReadResult> {
    return misses.resolve(request, Math.max(1, storeMsLeft)).catch((cause: unknown) => {
      // The loader's error reaches the caller; a failed store is bypassed.
      if (cause instanceof CacheStoreError) return fallback(request, cause);
      throw cause;
    });
  }

  async function readLocal(request: ReadRequest, tier: LocalTier): Promise<ReadResult> {
    const { address } = request;
    const token = tier.begin();
    const result = await readStore(request);
    // A value that the store refused may be older than an invalidation that a divided bus never delivers.
    if (result.stored) {
      tier.set(address.key, result.bytes, localTtlMs(request, result), address.tags ?? [], token);
    }
    return result;
  }

  /** In this process an entry lives no longer than in the store. */
  function localTtlMs({ policy }: ReadRequest, { stamp }: ReadResult): number {
    const expiresAtMs = stamp === undefined ? undefined : parseStamp(stamp)?.expiresAtMs;
    const storeTtlMs =
      expiresAtMs === undefined
        ? Math.min(policy.ttlMs, policy.negativeTtlMs) * (1 - policy.jitter)
        : expiresAtMs - store.now();
    return Math.min(policy.localTtlMs, storeTtlMs);
  }

  return {
    read(request) {
      const { address, template, policy } = request;
      if (isSuspect(address.key, address.tags)) return fallback(request, SUSPECT);
      if (!local || policy.localTtlMs === 0) return readStore(request);
      const bytes = local.get(address.key);
      if (!bytes) return readLocal(request, local);
      events.emit({ type: 'hit', key: address.key, template, tier: 'local' });
      return Promise.resolve({ bytes, outcome: 'hit', from: 'local', stored: true });
    },
    async readAgain(request, { from, stamp }) {
      local?.remove(request.address.key);
      if (from === 'local') return readStore(request);
      if (from === 'grace') {
        return missed({ ...request, address: { ...request.address, grace: false } }, storeMs);
      }
      try {
        if (stamp !== undefined) await discard(request, stamp, 'undecodable');
      } catch (cause) {
        return fallback(request, cause);
      }
      return missed(request, storeMs);
    },
  };
}
