import { randomUUID } from 'node:crypto';

import { CacheStoreError, CacheUsageError } from '../errors.ts';
import type { Events, Outcome } from '../observe/events.ts';
import type { CacheStore, LeaseResult } from '../protocol/store.ts';
import type { Gate } from '../resilience/circuit-breaker.ts';
import { createGathering } from './batch.ts';
import { createSingleFlight, type Flight } from './single-flight.ts';

export interface ReadRequest {
  key: string;
  /** How long a loaded value stays at most, in seconds; at least 0.001. */
  ttlSeconds: number;
  /** Reads the source of truth. What it throws reaches the caller, and nothing is stored. */
  load: () => Promise<Uint8Array | string>;
}

export interface CacheRead {
  /** Shared with other readers, so never to be written to. */
  bytes: Buffer;
  outcome: Outcome;
}

/** Reads through the cache, and forgets what it is loading when a writer says so. */
export interface Reader {
  read(request: ReadRequest): Promise<CacheRead>;
  /** Loads that run without a lease are no longer shared with readers that come from now on. */
  forget(matches: (key: string) => boolean): void;
}

interface ReaderOptions {
  store: CacheStore;
  gate: Gate;
  events: Events;
  templateOf: (key: string) => string;
  leaseMs: number;
}

/**
 * Cache-aside with leases. A hit costs one GET, or a share in one. A miss takes a lease, loads once per lease in this
 * process, and stores the value if the lease is still good. Loads are shared by lease and not by
 * key: a reader that comes after an invalidation gets a new lease, and so never an older load.
 */
export function createReader(options: ReaderOptions): Reader {
  const { store, gate, events, templateOf, leaseMs } = options;
  // A lease that the store granted before the fill is often read together with the fill's answer,
  // which takes fewer steps to be heard: for its reader the load must still be there.
  const leasedLoads = createSingleFlight<Buffer>({ shareMs: leaseMs, until: 'turn' });
  // Another process' writers cannot end the sharing of these, so it must end by itself.
  const bareLoads = createSingleFlight<Buffer>({ shareMs: leaseMs });
  const gatherReads = createGathering<LeaseResult>();

  async function find(key: string, template: string): Promise<LeaseResult> {
    const bytes = await gate.call({ operation: 'get', template, run: () => store.get(key) });
    if (bytes) return { bytes };
    const run = () => store.lease(key, randomUUID(), leaseMs);
    return gate.call({ operation: 'lease', template, run });
  }

  async function runLoad({ key, load }: ReadRequest, template: string): Promise<Buffer> {
    const startedAt = performance.now();
    try {
      const bytes = toBuffer(await load());
      const durationMs = performance.now() - startedAt;
      events.emit({ type: 'load', key, template, durationMs, sizeBytes: bytes.length });
      return bytes;
    } catch (error) {
      const durationMs = performance.now() - startedAt;
      events.emit({ type: 'load-failed', key, template, durationMs, error });
      throw error;
    }
  }

  async function fill(request: ReadRequest, template: string, token: string): Promise<Buffer> {
    const { key } = request;
    const bytes = await runLoad(request, template);
    const run = () => store.fill(key, token, bytes, ttlMs(request));
    try {
      const stored = await gate.call({ operation: 'fill', template, run });
      if (!stored) events.emit({ type: 'fill-refused', key, template });
    } catch (cause) {
      // The caller has its value all the same; the next reader loads again.
      const error = storeError(cause);
      events.emit({ type: 'fill-refused', key, template, error });
    }
    return bytes;
  }

  function share(flight: Flight<Buffer>, key: string, template: string): Promise<Buffer> {
    if (flight.joined) events.emit({ type: 'coalesced', key, template });
    return flight.result;
  }

  return {
    async read(request) {
      const { key } = request;
      if (!(ttlMs(request) >= 1 && Number.isSafeInteger(ttlMs(request)))) {
        throw new CacheUsageError(`ttlSeconds of "${key}" must be finite and at least 0.001`);
      }
      const template = templateOf(key);
      let found: LeaseResult;
      try {
        found = await gatherReads(key, () => find(key, template));
      } catch (cause) {
        events.emit({ type: 'bypass', key, template, error: storeError(cause) });
        const flight = bareLoads.run(key, () => runLoad(request, template));
        return { bytes: await share(flight, key, template), outcome: 'bypass' };
      }
      if ('bytes' in found) {
        events.emit({ type: 'hit', key, template });
        return { bytes: found.bytes, outcome: 'hit' };
      }
      events.emit({ type: 'miss', key, template });
      const { token } = found;
      const flight = leasedLoads.run(token, () => fill(request, template, token));
      return { bytes: await share(flight, key, template), outcome: 'miss' };
    },
    forget: (matches) => bareLoads.forget(matches),
  };
}

/** Rounded down: an entry may live shorter than was asked for, never longer. */
function ttlMs({ ttlSeconds }: ReadRequest): number {
  return Math.floor(ttlSeconds * 1000);
}

function toBuffer(value: Uint8Array | string): Buffer {
  if (typeof value === 'string') return Buffer.from(value);
  return Buffer.isBuffer(value) ? value : Buffer.from(value);
}

function storeError(cause: unknown): CacheStoreError {
  if (cause instanceof CacheStoreError) return cause;
  throw cause;
}
