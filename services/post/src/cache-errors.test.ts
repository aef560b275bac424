import {
  CacheLoadTimeoutError,
  CacheOutcomeUnknownError,
  CacheOverloadedError,
  CacheStoreError,
  CacheWriteRefusedError,
} from '@relay/cache';
import { expect, test } from 'vitest';

import { mapCacheError } from './cache-errors.ts';

test.each([CacheWriteRefusedError, CacheOverloadedError, CacheLoadTimeoutError])(
  '%o: nothing was changed, so the client may try again',
  (ErrorClass) => {
    const cause = new ErrorClass('busy');
    expect(mapCacheError(cause)).toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: 1,
      cause,
    });
  },
);

test('a write that may have been made is not to be repeated blindly', () => {
  const cause = new CacheOutcomeUnknownError('no answer to the commit');
  const error = mapCacheError(cause);
  expect(error).toMatchObject({ code: 'outcome-unknown', cause });
  expect(error?.retryAfterSeconds).toBeUndefined();
});

test.each([
  new Error('a mistake'),
  new CacheStoreError('error', 'never thrown'),
  'no error',
  undefined,
])('leaves %s to others', (error) => {
  expect(mapCacheError(error)).toBeUndefined();
});
