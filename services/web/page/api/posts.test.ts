import { expect, test } from 'vitest';

import { createPostsApi } from './posts.ts';
import { ApiError } from './problem.ts';
import type { Call, Send } from './transport.ts';

test('posts with a key and votes can be repeated, deletions are not marked so', async () => {
  const calls: Call[] = [];
  const posts = createPostsApi((async (call: Call) => {
    calls.push(call);
    return {};
  }) as Send);
  await posts.create({ title: 'A title', url: 'https://a.example/' }, 'key');
  await posts.vote('a', true);
  await posts.vote('a', false);
  await posts.remove('a');
  expect(calls.map(({ method, isRepeatable = false }) => [method, isRepeatable])).toEqual([
    ['POST', true],
    ['PUT', true],
    ['DELETE', true],
    ['DELETE', false],
  ]);
});

const refusing = (status: number) => createPostsApi(() => Promise.reject(new ApiError(status)));

test('a post that is deleted already counts as deleted', async () => {
  await expect(refusing(404).remove('a')).resolves.toBeUndefined();
  await expect(refusing(503).remove('a')).rejects.toMatchObject({ status: 503 });
});
