import { CacheUsageError } from '../errors.ts';

/** @throws CacheUsageError for a value JSON cannot say, rather than caching something else */
export function encodeJson(value: unknown): string {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) {
    throw new CacheUsageError('a loader resolved with undefined: use null for what is absent');
  }
  return text;
}
