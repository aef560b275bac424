import { testRanges } from '@relay/service-kit/testing/range-tests';
import { expect, test } from 'vitest';

import { authVariables, readAuthConfig } from './config.ts';

const REQUIRED = { DATABASE_URL: 'postgres://auth@db/relay', SIGNING_KEYS_DIR: '/keys' };

testRanges(authVariables, (environment) => readAuthConfig({ ...REQUIRED, ...environment }));

test('rejects an empty UV_THREADPOOL_SIZE, which libuv takes for one thread, and accepts an unset one', () => {
  expect(() => readAuthConfig({ ...REQUIRED, UV_THREADPOOL_SIZE: '' })).toThrow(
    'UV_THREADPOOL_SIZE: must be a whole number from 3 to 128',
  );
  expect(readAuthConfig(REQUIRED)).toMatchObject({ UV_THREADPOOL_SIZE: 4 });
});

test.each(['a=b', 'a;b', 'a b'])('rejects %j as the name of a cookie', (name) => {
  expect(() => readAuthConfig({ ...REQUIRED, COOKIE_NAME: name })).toThrow(
    'COOKIE_NAME: must consist of letters, digits, _ and -',
  );
});
