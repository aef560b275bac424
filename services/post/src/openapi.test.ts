import { assertOpenApi, documentedCalls, routedCalls } from '@relay/service-kit/testing';
import { expect, test } from 'vitest';

import type { CachedPosts } from './cached-posts.ts';
import { postOpenApi } from './openapi.ts';
import { createRoutes } from './routes.ts';

const router = createRoutes({
  posts: {} as CachedPosts,
  authenticate: (_ctx, next) => next(),
  health: async () => ({ status: 'ok', postgres: 'up', redis: 'up' }),
});

test('the document is OpenAPI 3.1', async () => {
  await expect(assertOpenApi(postOpenApi)).resolves.toBeUndefined();
});

test('every call that is answered is documented, and the other way round', () => {
  expect(routedCalls(router)).toEqual(documentedCalls(postOpenApi));
});
