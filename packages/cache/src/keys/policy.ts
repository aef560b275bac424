import type { Codec } from '../codecs/codec.ts';
import { jsonCodec } from '../codecs/json.ts';
import {
  assertNoProblems,
  isObject,
  rangeProblems,
  show,
  timerMs,
  unknownOptionProblems,
  type Range,
} from '../option-ranges.ts';
import type { KeyOptions } from './key-options.ts';

/** A definition's options, checked, with their defaults, and in the units that the reader uses. */
export interface EntryPolicy {
  readonly ttlMs: number;
  /** For `null`. */
  readonly negativeTtlMs: number;
  /** A share of the TTL, 0 to 1. */
  readonly jitter: number;
  readonly swrMs: number;
  readonly sieMs: number;
  /** The longer of `swrMs` and `sieMs`: how long a copy is kept past the entry's time. 0: none. */
  readonly graceMs: number;
  /** XFetch's beta. 0: off. */
  readonly beta: number;
  readonly codec: Codec<unknown>;
  /** The codec's name and the version, as stored in stamps: `json@1`. No colon, comma or `+` in it. */
  readonly codecLabel: string;
  /** Infinity: values are not compressed. */
  readonly compressAboveBytes: number;
  readonly maxValueBytes: number;
  readonly loadTimeoutMs: number;
  readonly waitMs: number;
  /** 0: not kept in this process. */
  readonly localTtlMs: number;
}

/** Ten years. Longer is a mistake, most often of the unit. */
const MAX_SECONDS = 315_360_000;
const TTL_SECONDS: Range = { min: 0.001, max: MAX_SECONDS };
const GRACE_SECONDS: Range = { min: 0, max: MAX_SECONDS };
/** The largest string that Redis takes. */
const MAX_BYTES = 512 * 1024 * 1024;

const RANGES: Readonly<Record<string, Range>> = {
  ttlSeconds: TTL_SECONDS,
  negativeTtlSeconds: TTL_SECONDS,
  jitter: { min: 0, max: 1 },
  staleWhileRevalidateSeconds: GRACE_SECONDS,
  staleIfErrorSeconds: GRACE_SECONDS,
  refreshAhead: { min: 0, max: 100 },
  compressAboveBytes: { min: 0, max: MAX_BYTES, integer: true },
  maxValueBytes: { min: 1, max: MAX_BYTES, integer: true },
  loadTimeoutMs: timerMs(1),
  waitMs: timerMs(0),
  localTtlSeconds: TTL_SECONDS,
};

const KNOWN = new Set([...Object.keys(RANGES), 'version', 'codec', 'tags', 'load', 'loadMany']);

const LABEL = /^[\w.-]{1,64}$/;

// oxlint-disable-next-line typescript/no-explicit-any -- options of any parameters and values
type AnyKeyOptions = KeyOptions<any, any>;

const policies = new WeakMap<AnyKeyOptions, EntryPolicy>();

/**
 * The policy of a definition's options, computed once for each options object.
 *
 * @param subject the subject of the error message
 * @throws CacheUsageError that lists every wrong option
 */
export function policyOf(options: AnyKeyOptions, subject = 'the key options'): EntryPolicy {
  const known = isObject(options) ? policies.get(options) : undefined;
  if (known) return known;
  assertNoProblems(subject, problemsOf(options));
  const policy = resolve(options);
  policies.set(options, policy);
  return policy;
}

/**
 * A TTL that is given for one read.
 *
 * @throws CacheUsageError out of range
 */
export function ttlMsOf(ttlSeconds: number): number {
  const problems = rangeProblems({ ttlSeconds }, { ttlSeconds: TTL_SECONDS });
  assertNoProblems('the read request', problems);
  return toMs(ttlSeconds);
}

function resolve(options: AnyKeyOptions): EntryPolicy {
  const { ttlSeconds = 300, codec = jsonCodec, version = '1' } = options;
  const swrMs = toMs(options.staleWhileRevalidateSeconds ?? 0);
  const sieMs = toMs(options.staleIfErrorSeconds ?? 0);
  return {
    ttlMs: toMs(ttlSeconds),
    negativeTtlMs: toMs(options.negativeTtlSeconds ?? ttlSeconds),
    jitter: options.jitter ?? 0.05,
    swrMs,
    sieMs,
    graceMs: Math.max(swrMs, sieMs),
    beta: options.refreshAhead ?? 0,
    codec,
    codecLabel: `${codec.name}@${version}`,
    compressAboveBytes: options.compressAboveBytes ?? Infinity,
    maxValueBytes: options.maxValueBytes ?? 1024 * 1024,
    loadTimeoutMs: options.loadTimeoutMs ?? 10_000,
    waitMs: options.waitMs ?? 2000,
    localTtlMs: toMs(options.localTtlSeconds ?? 0),
  };
}

function toMs(seconds: number): number {
  return Math.round(seconds * 1000);
}

function problemsOf(options: unknown): string[] {
  if (!isObject(options)) return [`the options must be an object, got ${show(options)}`];
  const problems = [...unknownOptionProblems(options, KNOWN), ...rangeProblems(options, RANGES)];
  const { version, codec, tags } = options;
  if (version !== undefined && !isLabel(version)) {
    problems.push(`version must be 1 to 64 of A-Z, a-z, 0-9, ".", "_", "-", got ${show(version)}`);
  }
  if (codec !== undefined && !isCodec(codec)) {
    problems.push('codec must have encode, decode and a name of A-Z, a-z, 0-9, ".", "_", "-"');
  }
  if (tags !== undefined && typeof tags !== 'function' && !isTagList(tags)) {
    problems.push('tags must be a list of non-empty texts, or a function that returns one');
  }
  for (const name of ['load', 'loadMany']) {
    const value = options[name];
    if (value !== undefined && typeof value !== 'function') {
      problems.push(`${name} must be a function, got ${show(value)}`);
    }
  }
  return problems;
}

function isLabel(value: unknown): boolean {
  return typeof value === 'string' && LABEL.test(value);
}

function isCodec(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { name, encode, decode } = value;
  return isLabel(name) && typeof encode === 'function' && typeof decode === 'function';
}

function isTagList(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  return value.every((tag) => typeof tag === 'string' && tag !== '' && tag.isWellFormed());
}
