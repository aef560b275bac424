import { KeyObject } from 'node:crypto';

import { ACCESS_TOKEN } from '@relay/access-token';
import { AppError } from '@relay/service-kit/http/app-error';
import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { z } from 'zod';

/** The public keys of the auth service, for verifying tokens. */
export interface KeySet {
  /** Changes with the keys. Tokens verified under another version must be verified again. */
  readonly version: number;
  /**
   * Finds a key by its id. An unknown id triggers a fetch, to detect a rotation: at most once per
   * `cooldownMs`, or without keys once per `firstRetryMs`.
   *
   * @throws AppError `unavailable` until the first key set has been fetched, and when the last successful
   *   fetch is older than `keepMs`
   */
  find(kid: string): Promise<KeyObject | undefined>;
}

interface KeySetOptions {
  /** Fetches the JWKS (RFC 7517). */
  fetchJwks: () => Promise<unknown>;
  onError: (error: unknown) => void;
  /** The interval of background fetches. Default 5 minutes. */
  refreshMs?: number;
  /** The minimum pause between fetches for unknown keys. Default 5 seconds. */
  cooldownMs?: number;
  /** The minimum pause between fetches while there are no keys and no request can be served. Default 500 ms. */
  firstRetryMs?: number;
  /** How long keys stay valid while the auth service is unreachable. Default 1 day. */
  keepMs?: number;
  /** A monotonic clock in milliseconds. */
  now?: () => number;
}

const jwksSchema = z.object({ keys: z.array(z.unknown()) });
const keySchema = z.looseObject({ kid: z.string().min(1), kty: z.string() });

const DAY_MS = 86_400_000;

/** Creates a key set that survives outages of the auth service for a limited time. */
export function createKeySet(options: KeySetOptions): KeySet {
  const { fetchJwks, onError, refreshMs = 300_000, cooldownMs = 5000 } = options;
  const { firstRetryMs = 500, keepMs = DAY_MS } = options;
  // Monotonic: a wall clock that is set back would delay the next fetch.
  const { now = () => performance.now() } = options;
  let keys: LocalJWKSet | undefined;
  let published = '';
  let version = 0;
  let attemptedAt = Number.NEGATIVE_INFINITY;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  function replace(next: JSONWebKeySet | undefined): void {
    const text = next ? JSON.stringify(next) : '';
    if (text === published) return;
    keys = next && createLocalJWKSet(next);
    published = text;
    version += 1;
  }

  async function fetchKeys(): Promise<void> {
    try {
      const usable = await usableKeys(await fetchJwks());
      fetchedAt = now();
      replace(usable);
    } catch (error) {
      onError(error);
    }
  }

  function refresh(): Promise<void> {
    attemptedAt = now();
    running ??= fetchKeys().finally(() => {
      running = undefined;
    });
    return running;
  }

  function dropExpired(): void {
    if (keys && now() - fetchedAt >= keepMs) replace(undefined);
  }

  const sinceAttempt = () => now() - attemptedAt;
  const pauseMs = () => (keys ? cooldownMs : firstRetryMs);
  const lookUp = async (kid: string) => keys && (await findIn(keys, kid));

  return {
    get version() {
      if (sinceAttempt() >= refreshMs) void refresh();
      dropExpired();
      return version;
    },
    async find(kid) {
      dropExpired();
      const known = await lookUp(kid);
      if (known) return known;
      if (running) await running;
      else if (sinceAttempt() >= pauseMs()) await refresh();
      if (!keys) {
        throw new AppError('unavailable', 'Tokens cannot be verified at the moment', {
          retryAfterSeconds: firstRetryMs / 1000,
        });
      }
      return lookUp(kid);
    },
  };
}

/** @throws Error without a usable key, since an empty set would reject every token */
async function usableKeys(answer: unknown): Promise<JSONWebKeySet> {
  const { keys } = jwksSchema.parse(answer);
  const usable = [];
  // RFC 7517, section 5: ignore malformed keys and keys for another use.
  for (const key of keys) {
    const { data: jwk } = keySchema.safeParse(key);
    if (jwk && (await findIn(createLocalJWKSet({ keys: [jwk] }), jwk.kid))) usable.push(jwk);
  }
  if (usable.length === 0) throw new Error('The key set contains no usable key');
  return { keys: usable };
}

async function findIn(keys: LocalJWKSet, kid: string): Promise<KeyObject | undefined> {
  try {
    return KeyObject.from(await keys({ alg: ACCESS_TOKEN.algorithm, kid }));
  } catch {
    return undefined;
  }
}

/** Creates a function that fetches a JWKS over HTTP, with a timeout. */
export function httpJwks(url: string, timeoutMs = 2000): () => Promise<unknown> {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`${url} returned ${response.status}`);
    return response.json();
  };
}
