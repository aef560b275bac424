import type { Operation } from '../observe/events.ts';
import type { CacheStore, Entry, Lease, LeaseResult, NewValue } from '../protocol/store.ts';
import type { CircuitBreaker } from '../resilience/circuit-breaker.ts';
import { createBatch, type BatchItem } from './batch.ts';
import type { ReadRequest } from './request.ts';

/** Entries read by one command, at most. */
const MAX_ENTRIES = 100;

/** Bytes read by one command, about: a longer answer holds up others, and is copied while it arrives. */
const MAX_BYTES = 128 * 1024;

/** The weight of each batch in the moving average of the sizes of entries. */
const WEIGHT = 0.2;

/** The store's operations as reads need them: batched, under a deadline, through the circuit breaker. */
export interface StoreCalls {
  read(request: ReadRequest): Promise<Entry | undefined>;
  /** `timeoutMs`: the rest of the read's time for the store. */
  lease(request: ReadRequest, timeoutMs: number): Promise<LeaseResult>;
  extend(request: ReadRequest, lease: Lease): Promise<boolean>;
  fill(request: ReadRequest, lease: Lease, value: NewValue): Promise<boolean>;
  release(request: ReadRequest, lease: Lease): Promise<void>;
  leaseRefresh(request: ReadRequest, stamp: string): Promise<Lease | undefined>;
  discard(request: ReadRequest, stamp: string): Promise<void>;
}

interface StoreCallsOptions {
  store: CacheStore;
  breaker: CircuitBreaker;
  timeoutMs: number;
  leaseMs: number;
  newToken: () => string;
}

type LeaseItem = BatchItem<{ request: ReadRequest; timeoutMs: number }, LeaseResult>;

export function createStoreCalls(options: StoreCallsOptions): StoreCalls {
  const { store, breaker, timeoutMs, leaseMs, newToken } = options;

  function call<T>(operation: Operation, request: ReadRequest, run: () => Promise<T>, ms: number) {
    const templates = [request.template];
    // A timeout shortened by earlier operations of a read is no measure of the store.
    const background = ms < timeoutMs / 2;
    return breaker.run({ operation, templates, run, timeoutMs: ms, background });
  }

  let readsUnderWay = 0;
  let meanBytes = 0;

  function onEntries(
    items: readonly BatchItem<ReadRequest, Entry | undefined>[],
    entries: readonly (Entry | undefined)[],
  ): void {
    let bytes = 0;
    for (let i = 0; i < items.length; i += 1) {
      const entry = entries[i];
      if (entry) bytes += entry.bytes.length;
      items[i]!.resolve(entry);
    }
    meanBytes += WEIGHT * (bytes / items.length - meanBytes);
  }

  function sendReads(items: readonly BatchItem<ReadRequest, Entry | undefined>[]): void {
    const templates = items.map(({ request }) => request.template);
    const run = () => store.read(items.map(({ request }) => request.address));
    readsUnderWay += 1;
    breaker.run({ operation: 'get', templates, run, timeoutMs }).then(
      (entries) => {
        readsUnderWay -= 1;
        onEntries(items, entries);
      },
      (error: unknown) => {
        readsUnderWay -= 1;
        for (const item of items) item.reject(error);
      },
    );
  }

  function sendLeases(items: readonly LeaseItem[]): void {
    for (const { request: item, resolve, reject } of items) {
      const { address } = item.request;
      let answer: Promise<LeaseResult> | undefined;
      const run = () => (answer = store.lease(address, newToken(), leaseMs));
      call('lease', item.request, run, item.timeoutMs).then(resolve, (error: unknown) => {
        // Granted too late: its reader has gone, and others would wait for it.
        void answer?.then(
          (late) => {
            if (late.state === 'granted') store.release(address, late.lease).catch(() => undefined);
          },
          () => undefined,
        );
        reject(error);
      });
    }
  }

  const read = createBatch({
    keyOf: ({ address }: ReadRequest) => address.key,
    send: sendReads,
    maxSize: () => Math.max(1, Math.min(MAX_ENTRIES, Math.floor(MAX_BYTES / (meanBytes + 1)))),
    sendsAtOnce: ({ hasCompany }) => readsUnderWay === 0 && !hasCompany,
  });
  const lease = createBatch({
    keyOf: ({ request }: LeaseItem['request']) => request.address.key,
    send: sendLeases,
    maxSize: () => Number.POSITIVE_INFINITY,
  });

  return {
    read,
    lease: (request, ms) => lease({ request, timeoutMs: ms }),
    extend: (request, granted) =>
      call('extend', request, () => store.extend(request.address, granted, leaseMs), timeoutMs),
    fill: (request, granted, value) =>
      call('fill', request, () => store.fill(request.address, granted, value), timeoutMs),
    release: (request, granted) =>
      call('lease', request, () => store.release(request.address, granted), timeoutMs),
    leaseRefresh: (request, stamp) =>
      call(
        'refresh',
        request,
        () => store.leaseRefresh(request.address, stamp, newToken(), leaseMs),
        timeoutMs,
      ),
    discard: (request, stamp) =>
      call('invalidate', request, () => store.discard(request.address, stamp), timeoutMs),
  };
}
