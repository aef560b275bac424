import { hasHashTag } from '../../keys/keys.ts';

/** The names of an entry's keys, as they are passed to a client that puts its prefix before them. */
export interface EntryNames {
  value: string;
  record: string;
  grace: string;
  refresh: string;
}

export interface KeyNames {
  /** An entry's bookkeeping record. */
  record(key: string): string;
  all(key: string): EntryNames;
  tag(tag: string): string;
}

/**
 * An entry's keys are in its hash slot, so that one script may touch them all on Redis Cluster: a
 * key without a hash tag becomes the tag, a key with one keeps it. See "Hash tags" in the Redis
 * Cluster specification.
 *
 * @param prefix the client's: a slot is that of the whole name, so the prefix stands inside the tag too
 */
export function createKeyNames(prefix: string): KeyNames {
  const record = (key: string) => beside('lease:', prefix + key);
  return {
    record,
    all: (key) => ({
      value: key,
      record: record(key),
      grace: beside('cache:grace:', prefix + key),
      refresh: beside('cache:refresh:', prefix + key),
    }),
    tag: (tag) => `cache:tag:{${tag}}`,
  };
}

/** The key of an entry's record, for an entry's key with the client's prefix. */
export function leaseKey(key: string): string {
  return beside('lease:', key);
}

function beside(kind: string, key: string): string {
  return hasHashTag(key) ? `${kind}=${key}` : `${kind}{${key}}`;
}

/** The glob that matches at least the records of all keys that match a glob. */
export function leaseGlob(glob: string): string {
  return `lease:[={]${glob}*`;
}

const BESIDE = ['lease:', 'cache:grace:', 'cache:refresh:', 'cache:tag:'] as const;

/** Written to one server to see whether it takes writes. */
export const HEARTBEAT_KEY = 'cache:heartbeat';

/** The key that a name stands beside, or the name itself for that of a value. Inverse of `beside`. */
export function ownerOf(name: string): {
  kind: (typeof BESIDE)[number] | 'value' | 'heartbeat';
  key: string;
} {
  if (name === HEARTBEAT_KEY) return { kind: 'heartbeat', key: name };
  for (const kind of BESIDE) {
    if (!name.startsWith(kind)) continue;
    const rest = name.slice(kind.length);
    if (rest.startsWith('=')) return { kind, key: rest.slice(1) };
    if (rest.startsWith('{') && rest.endsWith('}')) return { kind, key: rest.slice(1, -1) };
  }
  return { kind: 'value', key: name };
}

/** Escapes the special characters of a Redis glob, except `*`. */
export function escapeGlob(pattern: string): string {
  return pattern.replaceAll(/[?[\]\\^]/g, String.raw`\$&`);
}
