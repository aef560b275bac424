import { CacheStoreError } from '../../errors.ts';
import { dropArguments } from './drop-arguments.ts';

/** Errors of one key on a server that is well. ioredis wraps the ones of a slot in motion. */
const OF_KEY = /\b(?:WRONGTYPE|CROSSSLOT|TRYAGAIN)\b|Too many Cluster redirections/;

export function notConnected(): CacheStoreError {
  return new CacheStoreError('error', 'Redis is not connected');
}

/** Wraps an error of ioredis, without keys and values; marks it if it concerns one key. */
export function redisError(cause: unknown): Error {
  if (!(cause instanceof Error)) return new CacheStoreError('error', 'Redis failed', { cause });
  const error = dropArguments(cause);
  // ioredis' words for it are about its own settings.
  if (error.message.includes('enableOfflineQueue')) return notConnected();
  if (!OF_KEY.test(error.message)) return error;
  return new CacheStoreError('error', error.message, { cause: error, ofKey: true });
}

export function throwRedisError(cause: unknown): never {
  throw redisError(cause);
}

/**
 * A command needs keys of a slot of which one part is on another node by now. ioredis repeats such a
 * command, now with this node and now with that, until it gives up with either's error. A script that
 * removes a key there and then writes it fails with another one.
 */
export function isSlotInMotion(error: unknown): boolean {
  return (
    error instanceof Error &&
    /TRYAGAIN|Too many Cluster redirections|non local key/.test(error.message)
  );
}
