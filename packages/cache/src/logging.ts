import type { CacheListener } from './events.ts';

/** The part of a pino logger that is used; any logger of that shape will do. */
export interface CacheLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/**
 * A listener that writes a line at info for each hit and miss, with the raw key, and one at warn
 * when the store is lost or an invalidation fails. A read that goes past a lost store is not
 * logged: there may be thousands a second, and `store-down` has said why.
 *
 * @example
 * createCache({ store, keys, listeners: [logCacheEvents(pino())] });
 */
export function logCacheEvents(log: CacheLogger): CacheListener {
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
        log.warn({ target, retrying, err: error }, 'Cache invalidation failed');
        break;
      }
      case 'store-down':
        log.warn({ err: event.error }, 'Cache store lost - reading from source');
        break;
      case 'store-up':
        log.info({ replayed: event.replayed }, 'Cache store found again');
        break;
    }
  };
}
