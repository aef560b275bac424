import type { CacheStoreError } from '../errors.ts';
import type { CacheListener, Operation } from './events.ts';

/** The part of a pino logger that is used; any logger of that shape will do. */
export interface CacheLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** A store that refuses one operation may do so a thousand times a second. */
const WARNING_PAUSE_MS = 10_000;

/**
 * A listener that writes a line at info for each hit and miss, with the raw key, and one at warn
 * when the store is lost, an operation or an invalidation fails. A read that goes past a lost store is not
 * logged: there may be thousands a second, and `store-down` has said why.
 *
 * @example
 * createCache({ store, keys, listeners: [logCacheEvents(pino())] });
 */
export function logCacheEvents(
  log: CacheLogger,
  now: () => number = () => performance.now(),
): CacheListener {
  const warnedAt = new Map<Operation, number>();

  function warnOfFailure(operation: Operation, error: CacheStoreError): void {
    if (now() - (warnedAt.get(operation) ?? Number.NEGATIVE_INFINITY) < WARNING_PAUSE_MS) return;
    warnedAt.set(operation, now());
    log.warn({ operation, err: error }, 'Cache operation failed');
  }

  return (event) => {
    switch (event.type) {
      case 'hit':
        log.info({ key: event.key }, 'Cache HIT');
        break;
      case 'miss':
        log.info({ key: event.key }, 'Cache MISS - fetching from source');
        break;
      case 'invalidated':
        log.info({ target: event.target, removed: event.removed }, 'Cache invalidated');
        break;
      case 'invalidation-failed': {
        const { target, retrying, error } = event;
        // While the store is away each write would say so again: `replayed` counts them at the end.
        if (error.failure === 'open' && retrying) break;
        log.warn({ target, retrying, err: error }, 'Cache invalidation failed');
        break;
      }
      case 'operation':
        // A failed invalidation has a line of its own.
        if (event.error && event.operation !== 'invalidate') {
          warnOfFailure(event.operation, event.error);
        }
        break;
      case 'store-down':
        log.warn({ err: event.error }, 'Cache store lost - reading from source');
        break;
      case 'store-up':
        log.info({ replayed: event.replayed }, 'Cache store found again');
        break;
    }
  };
}
