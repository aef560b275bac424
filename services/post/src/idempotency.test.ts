import { AppError } from '@relay/service-kit/http/app-error';
import { describe, expect, test, vi } from 'vitest';

import type { IdempotencyStore } from './idempotency-store.ts';
import { fingerprintOf, parseIdempotencyKey, Replay, writeOnce } from './idempotency.ts';
import type { Post } from './post.ts';
import { newAuthor } from './testing/tokens.ts';

describe('the header', () => {
  test.each([
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"a key, with; all sorts"', 'a key, with; all sorts'],
    [String.raw`"a \"quote\" and a \\"`, String.raw`a "quote" and a \ `.trim()],
    [`"${'k'.repeat(255)}"`, 'k'.repeat(255)],
    [undefined, undefined],
  ])('%s is the key %s', (header, key) => {
    expect(parseIdempotencyKey(header)).toBe(key);
  });

  test.each([
    '',
    '""',
    '"',
    `"${'k'.repeat(256)}"`,
    'k'.repeat(256),
    'two words',
    'one, two',
    '"one", "two"',
    '"key";parameter=1',
    '"open',
    String.raw`"\n"`,
    '"é"',
    ':YQ==: x',
  ])('%j is rejected with its name', (header) => {
    expect(() => parseIdempotencyKey(header)).toThrow(
      expect.objectContaining({
        code: 'invalid',
        errors: [{ path: 'Idempotency-Key', message: expect.stringContaining('1 to 255') }],
      }),
    );
  });
});

const author = newAuthor();
const draft = { title: 'A title', url: 'https://a.example/' };
const post: Post = { id: 'id', ...draft, votes: 0, author, createdAt: new Date(0) };
const fingerprint = fingerprintOf(draft);
const request = { userId: author.id, key: 'key', fingerprint };

function setUp(claimed: Awaited<ReturnType<IdempotencyStore['claim']>>) {
  const remember = vi.fn<IdempotencyStore['remember']>(async () => undefined);
  const write = vi.fn<() => Promise<Post>>(async () => post);
  const store = { claim: async () => claimed, remember };
  return { remember, write, result: writeOnce(store, request, write) };
}

test('an unused key: writes, and remembers the result', async () => {
  const { remember, result } = setUp(undefined);
  expect(await result).toBe(post);
  expect(remember).toHaveBeenCalledExactlyOnceWith(request, post);
});

test('the same request again: the first result, and nothing is written', async () => {
  const { write, result } = setUp({ fingerprint, post });
  const error = await result.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(Replay);
  expect(error).toMatchObject({ post });
  expect(write).not.toHaveBeenCalled();
});

test('another body under the same key is rejected', async () => {
  const other = fingerprintOf({ ...draft, title: 'Another' });
  const { write, result } = setUp({ fingerprint: other, post });
  await expect(result).rejects.toMatchObject({ code: 'idempotency-key-reused' });
  expect(write).not.toHaveBeenCalled();
});

test('a request in progress is a conflict with Retry-After: 1', async () => {
  const { write, result } = setUp('under-way');
  const error = await result.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(AppError);
  expect(error).toMatchObject({ code: 'conflict', retryAfterSeconds: 1 });
  expect(write).not.toHaveBeenCalled();
});

test('a field that moves into its neighbour changes the fingerprint', () => {
  const moved = { title: 'A title"', url: draft.url };
  expect(fingerprintOf(moved)).not.toEqual(fingerprint);
  expect(fingerprintOf({ ...draft })).toEqual(fingerprint);
});
