import { expect, test } from 'vitest';

import { invalidatePosts } from './cache.ts';

test('names the entries that cannot be reached', async () => {
  expect(await invalidatePosts('none')).toBeUndefined();
  expect(await invalidatePosts('unknown')).toContain('No REDIS_URL is set');
  expect(await invalidatePosts('in the running process')).toContain('restart it');
});
