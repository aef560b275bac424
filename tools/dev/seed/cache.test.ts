import { expect, test } from 'vitest';

import { forgetPosts } from './cache.ts';

test('says what becomes of entries that cannot be reached', async () => {
  expect(await forgetPosts('none')).toBeUndefined();
  expect(await forgetPosts('unknown')).toContain('No REDIS_URL is set');
  expect(await forgetPosts('in the running process')).toContain('restart it');
});
