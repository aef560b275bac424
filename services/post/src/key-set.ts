import { KeyObject } from 'node:crypto';

import { AppError } from '@relay/service-kit/http/app-error';
import { ACCESS_TOKEN } from '@relay/service-kit/http/token';
import { createLocalJWKSet, type JSONWebKeySet, type LocalJWKSet } from 'jose';
import { z } from 'zod';

/** The public keys with which the auth service's tokens are verified. */
export interface KeySet {
  /** Changes whenever the keys do. What was verified under another version must be verified anew. */
  readonly version: number;
  /**
   * The key of this id. An unknown one makes the set be fetched again, at most once in `cooldownMs`:
   * that is how a rotation is noticed. As long as there are none, at most once in `firstRetryMs`.
   *
   * @throws AppError `unavailable` until the first key set has been fetched, and when the keys have
   *   not been confirmed for `keepMs`
   */
  find(kid: string): Promise<KeyObject | undefined>;
}

interface KeySetOptions {
  /** Fetches the JWKS (RFC 7517). */
  fetchJwks: () => Promise<unknown>;
  onError: (error: unknown) => void;
  /** Older keys are fetched anew in the background. Default 5 minutes. */
  refreshMs?: number;
  /** Between two fetches for the sake of an unknown key. Default 5 seconds. */
  cooldownMs?: number;
  /** Between two fetches while there are no keys: no request is served until then. Default 500 ms. */
  firstRetryMs?: number;
  /** How long keys are used while the auth service cannot be reached. Default 1 day. */
  keepMs?: number;
  /** A clock in milliseconds that is never set back. */
  now?: () => number;
}

const jwksSchema = z.object({ keys: z.array(z.unknown()) });
const keySchema = z.looseObject({ kid: z.string().min(1), kty: z.string() });

const DAY_MS = 86_400_000;

/** Keys that outlive the service they came from: while it is away, they stay in use for a bounded time. */
export function createKeySet(options: KeySetOptions): KeySet {
  const { fetchJwks, onError, refreshMs = 300_000, cooldownMs = 5000 } = options;
  const { firstRetryMs = 500, keepMs = DAY_MS } = options;
  // Not the time of day: a clock that is set back must not put off the next look.
  const { now = () => performance.now() } = options;
  let keys: LocalJWKSet | undefined;
  let published = '';
  let version = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
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
    triedAt = now();
    running ??= fetchKeys().finally(() => {
      running = undefined;
    });
    return running;
  }

  function dropOld(): void {
    if (keys && now() - fetchedAt >= keepMs) replace(undefined);
  }

  const sinceTry = () => now() - triedAt;
  const pauseMs = () => (keys ? cooldownMs : firstRetryMs);
  const lookUp = async (kid: string) => keys && (await findIn(keys, kid));

  return {
    get version() {
      if (sinceTry() >= refreshMs) void refresh();
      dropOld();
      return version;
    },
    async find(kid) {
      dropOld();
      const known = await lookUp(kid);
      if (known) return known;
      if (running) await running;
      else if (sinceTry() >= pauseMs()) await refresh();
      if (!keys) {
        throw new AppError('unavailable', 'Tokens cannot be verified at the moment', {
          retryAfterSeconds: firstRetryMs / 1000,
        });
      }
      return lookUp(kid);
    },
  };
}

/** @throws Error if there is none: a set without usable keys would refuse every token */
async function usableKeys(answer: unknown): Promise<JSONWebKeySet> {
  const { keys } = jwksSchema.parse(answer);
  const usable = [];
  // RFC 7517, section 5: keys of another use and broken ones are ignored.
  for (const key of keys) {
    const { data: jwk } = keySchema.safeParse(key);
    if (jwk && (await findIn(createLocalJWKSet({ keys: [jwk] }), jwk.kid))) usable.push(jwk);
  }
  if (usable.length === 0) throw new Error('The key set holds no key that can be used');
  return { keys: usable };
}

async function findIn(keys: LocalJWKSet, kid: string): Promise<KeyObject | undefined> {
  try {
    return KeyObject.from(await keys({ alg: ACCESS_TOKEN.algorithm, kid }));
  } catch {
    return undefined;
  }
}

/** Fetches a JWKS over HTTP, under a deadline. */
export function httpJwks(url: string, timeoutMs = 2000): () => Promise<unknown> {
  return async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
    return response.json();
  };
}
