import { CacheUsageError } from './errors.ts';

/**
 * The key of an entry's lease. It is in the entry's hash slot, so that one script may touch both
 * on Redis Cluster: a key without a hash tag becomes the tag, a key with one keeps it.
 * See "Hash tags" in the Redis Cluster specification.
 *
 * @throws CacheUsageError for a key whose slot no other key can be given (a `}` outside a hash tag)
 */
export function leaseKey(key: string): string {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open + 1);
  if (close > open + 1) return `lease:=${key}`;
  if (key.includes('}')) {
    throw new CacheUsageError(`the key "${key}" has a "}" outside a hash tag`);
  }
  return `lease:{${key}}`;
}

/** The glob that matches at least the leases of all keys that match a pattern. */
export function leaseGlob(pattern: string): string {
  return `lease:[={]${escapeGlob(pattern)}*`;
}

/** Leaves `*` its meaning and takes theirs from the other characters of a Redis glob. */
export function escapeGlob(pattern: string): string {
  return pattern.replaceAll(/[?[\]\\^]/g, String.raw`\$&`);
}
