import { createPublicKey } from 'node:crypto';

import { AppError } from '@relay/service-kit';
import { z } from 'zod';

/** The public keys with which the auth service's tokens are verified. */
export interface KeySet {
  /** Changes whenever the keys do. What was verified under another version must be verified anew. */
  readonly version: number;
  /**
   * The key of this id, in PEM. One that is not known makes the set be fetched again, at most once in
   * `cooldownMs`: that is how a rotation is noticed. As long as there are none, at most once in
   * `firstRetryMs`.
   *
   * @throws AppError `unavailable` when no keys have ever been had
   */
  find(kid: string | undefined): Promise<string | undefined>;
}

interface KeySetOptions {
  /** Fetches the JWKS (RFC 7517). */
  fetchJwks: () => Promise<unknown>;
  onError: (error: unknown) => void;
  /** Older keys are fetched anew in the background. Default 5 minutes. */
  refreshMs?: number;
  /** Between two fetches for the sake of an unknown key. Default 5 seconds. */
  cooldownMs?: number;
  /** Between two fetches before any keys have been had: nobody can be let in until then. Default 500 ms. */
  firstRetryMs?: number;
  /** A clock in milliseconds that is never set back. */
  now?: () => number;
}

const jwksSchema = z.object({ keys: z.array(z.unknown()) });
const keySchema = z.looseObject({ kid: z.string(), kty: z.literal('EC'), crv: z.literal('P-256') });

/** Keys that outlive the service they came from: while it is away, those held stay good. */
export function createKeySet(options: KeySetOptions): KeySet {
  const {
    fetchJwks,
    onError,
    refreshMs = 300_000,
    cooldownMs = 5000,
    firstRetryMs = 500,
  } = options;
  // Not the time of day: a clock that is set back must not put off the next look.
  const { now = () => performance.now() } = options;
  let keys: ReadonlyMap<string, string> = new Map();
  let published = '';
  let version = 0;
  let triedAt = Number.NEGATIVE_INFINITY;
  let running: Promise<void> | undefined;

  async function fetchKeys(): Promise<void> {
    try {
      const jwks = jwksSchema.parse(await fetchJwks());
      const usable = jwks.keys.flatMap(toUsable);
      // Taken over, it would refuse every token there is.
      if (usable.length === 0) throw new Error('The key set holds no key that can be used');
      const fetched = JSON.stringify(usable);
      if (fetched === published) return;
      keys = new Map(usable);
      published = fetched;
      version += 1;
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

  const sinceTry = () => now() - triedAt;
  const pauseMs = () => (version === 0 ? firstRetryMs : cooldownMs);

  return {
    get version() {
      if (sinceTry() >= refreshMs) void refresh();
      return version;
    },
    async find(kid) {
      if (kid === undefined) return undefined;
      if (running && !keys.has(kid)) await running;
      else if (!keys.has(kid) && sinceTry() >= pauseMs()) await refresh();
      if (version === 0) {
        throw new AppError('unavailable', 'Tokens cannot be verified at the moment', {
          retryAfterSeconds: firstRetryMs / 1000,
        });
      }
      return keys.get(kid);
    },
  };
}

/** A key by its id. Nothing for one of another use or a broken one: RFC 7517, section 5, has them ignored. */
function toUsable(jwk: unknown): [kid: string, pem: string][] {
  const { data: key } = keySchema.safeParse(jwk);
  if (!key) return [];
  try {
    const parsed = createPublicKey({ key, format: 'jwk' });
    return [[key.kid, parsed.export({ type: 'spki', format: 'pem' }).toString()]];
  } catch {
    return [];
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
