import { encodeValue } from '../codecs/compression.ts';
import { CacheStoreError } from '../errors.ts';
import type { EntryPolicy } from '../keys/policy.ts';
import type { Events } from '../observe/events.ts';
import type { Lease, NewValue } from '../protocol/store.ts';
import { withLoadDeadline } from '../resilience/load-deadline.ts';
import type { ReadRequest } from './request.ts';
import type { StoreCalls } from './store-calls.ts';

const JSON_NULL = Buffer.from('null');

/** The result of a load, and whether it was stored. */
export interface Loaded {
  bytes: Buffer;
  stored: boolean;
}

/** Calls loaders, and stores their results. */
export interface Loads {
  /** Loads and stores nothing. */
  load(request: ReadRequest): Promise<Loaded>;
  /**
   * Loads and stores under a lease, which is extended while the load runs and given back when it
   * fails. Resolves once the value is stored, or refused, or the store's time is up.
   *
   * @param storeMs the rest of the read's time for the store
   */
  fill(request: ReadRequest, lease: Lease, storeMs: number): Promise<Loaded>;
}

interface LoadsOptions {
  calls: StoreCalls;
  events: Events;
  leaseMs: number;
  random: () => number;
}

export function createLoads({ calls, events, leaseMs, random }: LoadsOptions): Loads {
  async function load(request: ReadRequest): Promise<Buffer> {
    const { template, policy } = request;
    const { key } = request.address;
    const startedAt = performance.now();
    try {
      const bytes = toBuffer(await withLoadDeadline(request.load, policy.loadTimeoutMs));
      const durationMs = performance.now() - startedAt;
      events.emit({ type: 'load', key, template, durationMs, sizeBytes: bytes.length });
      return bytes;
    } catch (error) {
      const durationMs = performance.now() - startedAt;
      events.emit({ type: 'load-failed', key, template, durationMs, error });
      throw error;
    }
  }

  /** Prolongs the lease until the function it returns is called. */
  function keepLease(request: ReadRequest, lease: Lease): () => void {
    const timer = setInterval(() => {
      calls.extend(request, lease).then(
        (extended) => void (extended || clearInterval(timer)),
        () => undefined,
      );
    }, leaseMs / 3).unref();
    return () => clearInterval(timer);
  }

  async function loadUnderLease(request: ReadRequest, lease: Lease): Promise<Buffer> {
    const stop = keepLease(request, lease);
    try {
      return await load(request);
    } catch (error) {
      // So that readers waiting for this lease need not wait until it expires.
      calls.release(request, lease).catch(() => undefined);
      throw error;
    } finally {
      stop();
    }
  }

  async function valueOf(request: ReadRequest, bytes: Buffer, loadMs: number): Promise<NewValue> {
    const { policy } = request;
    const ttlMs = bytes.equals(absentBytesOf(policy)) ? policy.negativeTtlMs : policy.ttlMs;
    return {
      ...(await encodeValue(policy, bytes)),
      // Rounded down: an entry may expire earlier than configured, never later.
      ttlMs: Math.max(1, Math.floor(ttlMs * (1 - policy.jitter * random()))),
      graceMs: Math.max(policy.swrMs, policy.sieMs),
      loadMs: Math.ceil(loadMs),
    };
  }

  /** Whether the store took the value. Its failure is an event: the next reader loads again. */
  async function store(request: ReadRequest, lease: Lease, value: NewValue): Promise<boolean> {
    const { template } = request;
    const { key } = request.address;
    try {
      const stored = await calls.fill(request, lease, value);
      if (!stored) events.emit({ type: 'fill-refused', key, template, reason: 'lease-lost' });
      return stored;
    } catch (error) {
      if (!(error instanceof CacheStoreError)) throw error;
      events.emit({ type: 'fill-refused', key, template, reason: error.failure, error });
      return false;
    }
  }

  return {
    load: async (request) => ({ bytes: await load(request), stored: false }),
    async fill(request, lease, storeMs) {
      const { template, policy } = request;
      const { key } = request.address;
      const startedAt = performance.now();
      const bytes = await loadUnderLease(request, lease);
      const loadMs = performance.now() - startedAt;
      if (bytes.length > policy.maxValueBytes) {
        calls.release(request, lease).catch(() => undefined);
        events.emit({ type: 'fill-refused', key, template, reason: 'too-large' });
        return { bytes, stored: false };
      }
      const value = await valueOf(request, bytes, loadMs);
      // The fill has a deadline of its own; its reader waits no longer than its time for the store.
      return { bytes, stored: await orFalseAfter(store(request, lease, value), storeMs) };
    },
  };
}

const absentBytes = new WeakMap<EntryPolicy, Buffer>();

/** The codec's `null`: an absent entity. */
function absentBytesOf(policy: EntryPolicy): Buffer {
  let bytes = absentBytes.get(policy);
  if (!bytes) {
    try {
      bytes = toBuffer(policy.codec.encode(null));
    } catch {
      // A codec without absence.
      bytes = JSON_NULL;
    }
    absentBytes.set(policy, bytes);
  }
  return bytes;
}

/** Settles as `work` does, or resolves with false after so many milliseconds. */
function orFalseAfter(work: Promise<boolean>, ms: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(false), ms);
    work.finally(() => clearTimeout(timer)).then(resolve, reject);
  });
}

function toBuffer(value: Uint8Array | string): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  return Buffer.isBuffer(value) ? value : Buffer.from(value);
}
