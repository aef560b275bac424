import type { CacheEvent, CacheListener, MutationOutcome } from './events.ts';
import { createThrottle } from './throttle.ts';

/** The part of a pino logger that is used; any logger of that shape will do. */
export interface CacheLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A fault may repeat a thousand times a second: log one line of each kind in this time. */
const PAUSE_MS = 10_000;

type Handlers = {
  [Type in CacheEvent['type']]?: (event: Extract<CacheEvent, { type: Type }>) => void;
};

/**
 * A listener that writes a line at info for each hit, miss and stale read, with the raw key, and one
 * at warn for each failure. Lines that can come at the rate of the requests, other than
 * those of reads, are limited to one of a kind in ten seconds; `suppressed` counts the ones left
 * out before it. Fallbacks have no line: `Cache store lost` stands for all of them.
 *
 * @param now milliseconds on a monotonic clock
 *
 * @example
 * createCache({ store, keys, listeners: [logCacheEvents(pino())] });
 */
export function logCacheEvents(
  log: CacheLogger,
  now: () => number = () => performance.now(),
): CacheListener {
  const throttle = createThrottle(PAUSE_MS, now);

  function warnSometimes(subject: string, fields: object, message: string): void {
    const suppressed = throttle(`${message} ${subject}`);
    if (suppressed !== undefined) log.warn({ ...fields, suppressed }, message);
  }

  const handlers: Handlers = {
    ...readLines(log, warnSometimes),
    ...writeLines(log, warnSometimes),
    ...storeLines(log, warnSometimes),
  };
  return (event) => {
    // The path of a cached read, and nothing else: it logs one line of one field.
    if (event.type === 'hit') log.info({ key: event.key }, 'Cache HIT');
    else (handlers[event.type] as CacheListener | undefined)?.(event);
  };
}

/** Writes a warning unless an equal one about the same subject was written a moment ago. */
type WarnSometimes = (subject: string, fields: object, message: string) => void;

function readLines(log: CacheLogger, warnSometimes: WarnSometimes): Handlers {
  return {
    miss: ({ key }) => log.info({ key }, 'Cache MISS - fetching from source'),
    stale: ({ key, reason }) =>
      log.info({ key, reason }, 'Cache STALE - returning an expired copy'),
    'load-failed': ({ key, template, error }) =>
      warnSometimes(template, { key, err: error }, 'Cache entry could not be loaded'),
    discarded: ({ key, template, reason }) =>
      warnSometimes(
        template,
        { key, reason },
        reason === 'codec'
          ? 'Cache entry of another codec version discarded'
          : 'Cache entry discarded, because it cannot be decoded',
      ),
    'fill-refused'({ key, template, reason }) {
      // The other reasons are normal, or those of an operation that has its own line.
      if (reason === 'too-large') {
        warnSometimes(template, { key }, 'Cache entry not stored, because it is too large');
      }
    },
    overloaded: ({ key }) =>
      warnSometimes('', { key }, 'Read refused: too many loads while the cache store is away'),
    'local-dropped': ({ reason }) =>
      warnSometimes(reason, { reason }, 'In-process cache entries dropped'),
  };
}

const MUTATION_LINES: Record<Exclude<MutationOutcome, 'applied'>, string> = {
  pending: 'Write committed, its cache entries wait for the outbox',
  refused: 'Write refused, because its cache entries could not be fenced',
  unknown: 'Write of unknown outcome, its cache entries wait for the outbox',
};

function writeLines(log: CacheLogger, warnSometimes: WarnSometimes): Handlers {
  return {
    invalidated: ({ target, removed }) => log.info({ target, removed }, 'Cache invalidated'),
    'invalidation-failed'({ target, template, retrying, error }) {
      // While the breaker is open every write fails: `Cache store lost` stands for them.
      if (error.failure === 'open' && retrying) return;
      const fields = { target, retrying, err: error };
      warnSometimes(`${template} ${retrying}`, fields, 'Cache invalidation failed');
    },
    'invalidations-lost': ({ count }) =>
      log.warn({ count }, 'Cache closed before failed invalidations could be repeated'),
    mutation({ outcome, fencedMs }) {
      if (outcome !== 'applied') warnSometimes('', { fencedMs }, MUTATION_LINES[outcome]);
    },
    outbox({ pending, lagMs, dispatched }) {
      if (dispatched === 0) return;
      log.info({ dispatched, pending, lagMs }, 'Outbox applied invalidations of earlier writes');
    },
    'outbox-failed': ({ error }) => warnSometimes('', { err: error }, 'Outbox of the cache failed'),
  };
}

function storeLines(log: CacheLogger, warnSometimes: WarnSometimes): Handlers {
  return {
    operation({ operation, error }) {
      // A failed invalidation has a line of its own.
      if (!error || operation === 'invalidate') return;
      warnSometimes(operation, { operation, err: error }, 'Cache operation failed');
    },
    'store-down': ({ error }) => log.warn({ err: error }, 'Cache store lost - reading from source'),
    'store-up': ({ downMs }) => log.info({ downMs }, 'Cache store answers again'),
    'store-replaced': () =>
      log.warn({}, 'Cache store restarted or failed over: earlier entries are misses'),
  };
}
