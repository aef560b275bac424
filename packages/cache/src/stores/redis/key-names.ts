import { hasHashTag } from '../../keys/keys.ts';

/**
 * The key of an entry's lease. It is in the entry's hash slot, so that one script may touch both
 * on Redis Cluster: a key without a hash tag becomes the tag, a key with one keeps it.
 * See "Hash tags" in the Redis Cluster specification.
 *
 * @param key one that `assertKey` takes, with the client's prefix: the slot is the whole name's
 */
export function leaseKey(key: string): string {
  return hasHashTag(key) ? `lease:=${key}` : `lease:{${key}}`;
}

/**
 * The glob that matches at least the leases of all keys that match a glob. One lease too many costs
 * its reader a fill.
 */
export function leaseGlob(glob: string): string {
  return `lease:[={]${glob}*`;
}

/** Leaves `*` its meaning and takes theirs from the other characters of a Redis glob. */
export function escapeGlob(pattern: string): string {
  return pattern.replaceAll(/[?[\]\\^]/g, String.raw`\$&`);
}
