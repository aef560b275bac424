import { CacheOverloadedError } from '../errors.ts';
import type { Events, Refusal } from '../observe/events.ts';
import { parseStamp } from '../protocol/stamp.ts';
import type { CacheStore, Entry, Lease, LeaseResult } from '../protocol/store.ts';
import type { OriginLimit } from '../resilience/origin-limit.ts';
import type { Loaded, Loads } from './loads.ts';
import type { ReadRequest, ReadResult } from './request.ts';
import { createSingleFlight } from './single-flight.ts';
import type { StoreCalls } from './store-calls.ts';
import { createUnleasedLoads } from './unleased-loads.ts';
import { createWaitRoom } from './wait-room.ts';

/** A load without a lease that takes longer no longer holds up the next one of its key. */
const PATIENCE_MS = 500;

/** Loads of one key without a lease that run at a time. */
const MAX_RUNNING = 2;

/** Every so many polls, a waiting reader requests the lease too: its holder may be gone. */
const LOOKS_PER_LEASE = 3;

/** Handles reads without an entry in the store. */
export interface Misses {
  /** Takes or joins a lease, waits for another's load, or loads without storing. */
  resolve(request: ReadRequest, storeMs: number): Promise<ReadResult>;
  /** Loads and stores under a lease, in one load with all readers that find that lease held. */
  fill(request: ReadRequest, lease: Lease, storeMs: number): Promise<Loaded>;
  /** Loads without storing; waits for its turn when many such loads run. */
  loadUnleased(request: ReadRequest, reason?: Refusal): Promise<Loaded>;
}

interface MissesOptions {
  store: Pick<CacheStore, 'now'>;
  calls: StoreCalls;
  loads: Loads;
  events: Events;
  originLimit: OriginLimit;
  /** Time limit of the store operations of one read. */
  storeMs: number;
  /** The bytes of an entry as they were loaded; `undefined` if it had to be discarded. */
  decode: (request: ReadRequest, entry: Entry) => Promise<Buffer | undefined>;
}

type HeldLease = Extract<LeaseResult, { state: 'held' }>;

/** An expired copy, and its permitted uses. */
interface Grace {
  bytes: Buffer;
  whileRevalidating: boolean;
  ifError: boolean;
}

export function createMisses(options: MissesOptions): Misses {
  const { store, calls, loads, events, originLimit, decode } = options;
  const leased = createSingleFlight<Loaded>();
  const unleased = createUnleasedLoads<Loaded>({
    patienceMs: PATIENCE_MS,
    maxRunning: MAX_RUNNING,
  });
  const waitRoom = createWaitRoom<LeaseResult>({
    isPending: ({ state }) => state === 'held',
    now: () => performance.now(),
  });

  function emitMiss({ address, template }: ReadRequest): void {
    events.emit({ type: 'miss', key: address.key, template });
  }

  function emitCoalesced(request: ReadRequest, across: 'process' | 'cluster'): void {
    const { address, template } = request;
    events.emit({ type: 'coalesced', key: address.key, template, with: across });
  }

  function stale(
    request: ReadRequest,
    bytes: Buffer,
    reason: 'revalidating' | 'load-failed',
  ): ReadResult {
    const { address, template } = request;
    events.emit({ type: 'stale', key: address.key, template, reason });
    return { bytes, outcome: 'stale', from: 'grace', stored: false };
  }

  async function loadWithinLimit(request: ReadRequest): Promise<Loaded> {
    try {
      return await originLimit.run(() => loads.load(request));
    } catch (error) {
      if (error instanceof CacheOverloadedError) {
        const { address, template } = request;
        events.emit({ type: 'overloaded', key: address.key, template });
      }
      throw error;
    }
  }

  async function loadUnleased(request: ReadRequest, reason?: Refusal): Promise<Loaded> {
    const { address, template } = request;
    const { result, joined } = unleased.run(address.key, () => loadWithinLimit(request));
    if (joined) emitCoalesced(request, 'process');
    else if (reason) events.emit({ type: 'fill-refused', key: address.key, template, reason });
    return result;
  }

  async function graceOf(request: ReadRequest, entry: Entry): Promise<Grace | undefined> {
    const { swrMs, sieMs } = request.policy;
    const agoMs = store.now() - (parseStamp(entry.stamp)?.expiresAtMs ?? 0);
    // A copy that has not expired means that its entry was evicted: loading it is no refresh.
    const whileRevalidating = agoMs >= 0 && agoMs < swrMs;
    const ifError = agoMs < sieMs;
    if (!whileRevalidating && !ifError) return undefined;
    const bytes = await decode(request, entry);
    return bytes && { bytes, whileRevalidating, ifError };
  }

  async function graceOfAnswer(
    request: ReadRequest,
    answer: LeaseResult,
  ): Promise<Grace | undefined> {
    const copy = 'grace' in answer ? answer.grace : undefined;
    if (!copy) return undefined;
    try {
      return await graceOf(request, copy);
    } catch (error) {
      if (answer.state === 'granted') calls.release(request, answer.lease).catch(() => undefined);
      throw error;
    }
  }

  /**
   * The value of a load; or the copy, if that is allowed now, or after the load has failed. Without
   * a copy the miss has been reported before the load.
   */
  async function valueOrGrace(
    request: ReadRequest,
    load: Promise<Loaded>,
    grace: Grace | undefined,
  ): Promise<ReadResult> {
    if (grace?.whileRevalidating) {
      // A failure has its own event, and the copy is as good as before.
      load.catch(() => undefined);
      return stale(request, grace.bytes, 'revalidating');
    }
    let loaded: Loaded;
    try {
      loaded = await load;
    } catch (error) {
      if (!grace?.ifError) throw error;
      return stale(request, grace.bytes, 'load-failed');
    }
    if (grace) emitMiss(request);
    return { ...loaded, outcome: 'miss', from: 'load' };
  }

  function runLeased(request: ReadRequest, lease: Lease, storeMs: number): Promise<Loaded> {
    const { result, joined } = leased.run(
      lease.token,
      () => loads.fill(request, lease, storeMs),
      lease.epochs.join(),
    );
    if (joined) emitCoalesced(request, 'process');
    return result;
  }

  /** Polls the entry, and requests the lease less often, because that runs a script. */
  function lookFor(request: ReadRequest): () => Promise<LeaseResult> {
    let looks = 0;
    return async () => {
      looks += 1;
      if (looks % LOOKS_PER_LEASE === 0) return calls.lease(request, options.storeMs);
      const entry = await calls.read(request);
      return entry ? { state: 'entry', entry } : { state: 'held', token: '' };
    };
  }

  async function waitForOther(
    request: ReadRequest,
    grace: Grace | undefined,
    storeMs: number,
  ): Promise<ReadResult> {
    emitCoalesced(request, 'cluster');
    const look = lookFor(request);
    const answer = await waitRoom.join(request.address.key, request.policy.waitMs, look);
    if (answer !== 'expired') return onAnswer(request, answer, grace, storeMs);
    return valueOrGrace(request, loadUnleased(request, 'wait-expired'), grace);
  }

  async function onEntry(
    request: ReadRequest,
    entry: Entry,
    grace: Grace | undefined,
  ): Promise<ReadResult> {
    const bytes = await decode(request, entry);
    if (!bytes) return valueOrGrace(request, loadUnleased(request, 'lease-lost'), grace);
    if (grace) emitMiss(request);
    return { bytes, outcome: 'miss', from: 'store', stored: true, stamp: entry.stamp };
  }

  async function onAnswer(
    request: ReadRequest,
    answer: LeaseResult,
    grace: Grace | undefined,
    storeMs: number,
  ): Promise<ReadResult> {
    if (answer.state === 'entry') return onEntry(request, answer.entry, grace);
    if (answer.state === 'held') return onHeld(request, answer, grace, storeMs);
    const load =
      answer.state === 'granted'
        ? runLeased(request, answer.lease, storeMs)
        : loadUnleased(request, 'fenced');
    return valueOrGrace(request, load, grace);
  }

  async function onHeld(
    request: ReadRequest,
    { token, epochs }: HeldLease,
    grace: Grace | undefined,
    storeMs: number,
  ): Promise<ReadResult> {
    const running = leased.join(token, epochs?.join());
    if (running) {
      emitCoalesced(request, 'process');
      return valueOrGrace(request, running, grace);
    }
    if (grace?.whileRevalidating) return stale(request, grace.bytes, 'revalidating');
    return waitForOther(request, grace, storeMs);
  }

  return {
    async resolve(request, storeMs) {
      const askedAt = performance.now();
      const answer = await calls.lease(request, storeMs);
      const leftMs = Math.max(1, storeMs - (performance.now() - askedAt));
      if (answer.state === 'entry') {
        const bytes = await decode(request, answer.entry);
        const { address, template } = request;
        if (bytes) {
          events.emit({ type: 'hit', key: address.key, template, tier: 'store' });
          return { bytes, outcome: 'hit', from: 'store', stored: true, stamp: answer.entry.stamp };
        }
      }
      const grace = await graceOfAnswer(request, answer);
      if (!grace) emitMiss(request);
      return onAnswer(request, answer, grace, leftMs);
    },
    fill: runLeased,
    loadUnleased,
  };
}
