import { hash } from 'node:crypto';

import { AppError } from '@relay/service-kit/http/app-error';

import type { IdempotencyStore, IdempotentRequest } from './idempotency-store.ts';
import type { Draft, Post } from './post.ts';

const MAX_KEY_CHARACTERS = 255;

/** A string of RFC 9651: printable ASCII in quotes. */
const QUOTED = /^"((?:[ !#-[\]-~]|\\["\\])*)"$/;
/** A key without quotes, as some clients send: UUIDs and other tokens. */
const BARE = /^[\w.:~+/=-]+$/;

/**
 * Parses an `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header), with or without quotes.
 * Returns `undefined` without the header.
 *
 * @throws AppError `invalid`
 */
export function parseIdempotencyKey(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const quoted = QUOTED.exec(header)?.[1]?.replaceAll(/\\(["\\])/g, '$1');
  const key = quoted ?? BARE.exec(header)?.[0] ?? '';
  if (key.length >= 1 && key.length <= MAX_KEY_CHARACTERS) return key;
  const message = `Must be a quoted string of 1 to ${MAX_KEY_CHARACTERS} ASCII characters, such as a UUID`;
  const errors = [{ path: 'Idempotency-Key', message }];
  throw new AppError('invalid', 'The header is not valid', { errors });
}

/** Equal for drafts of the same post. */
export function fingerprintOf({ title, url }: Draft): Buffer {
  return hash('sha256', JSON.stringify([title, url]), 'buffer');
}

/** Thrown to roll back the transaction of a repeated request. Contains the first result. */
export class Replay extends Error {
  override readonly name = 'Replay';
  readonly post: Post;

  constructor(post: Post) {
    super('The request was executed before');
    this.post = post;
  }
}

/**
 * Writes once per key and user. Must run inside a transaction.
 *
 * @throws Replay with the first result if the same request was executed before
 * @throws AppError `conflict` while the first request is in progress; `idempotency-key-reused` for different
 *   content with the same key
 */
export async function writeOnce(
  store: Pick<IdempotencyStore, 'claim' | 'remember'>,
  request: IdempotentRequest,
  write: () => Promise<Post>,
): Promise<Post> {
  const used = await store.claim(request);
  if (used === 'under-way') {
    throw new AppError('conflict', 'A request with this Idempotency-Key is in progress', {
      retryAfterSeconds: 1,
    });
  }
  if (used) {
    if (used.fingerprint.equals(request.fingerprint)) throw new Replay(used.post);
    throw new AppError(
      'idempotency-key-reused',
      'This Idempotency-Key was used with a different body: send a new key',
    );
  }
  const post = await write();
  await store.remember(request, post);
  return post;
}
