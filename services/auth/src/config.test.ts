import { ConfigError } from '@relay/service-kit/process/config';
import { rangesOf } from '@relay/service-kit/testing/ranges';
import { expect, test } from 'vitest';

import { authVariables, readAuthConfig } from './config.ts';

const REQUIRED = { DATABASE_URL: 'postgres://auth@db/relay', SIGNING_KEYS_DIR: '/keys' };
const ranges = Object.entries(rangesOf(authVariables));

test('every number has a range', () => {
  const config = Object.entries(readAuthConfig(REQUIRED));
  const numbers = config.filter(([, value]) => typeof value === 'number');
  expect(ranges.map(([name]) => name)).toEqual(
    expect.arrayContaining(numbers.map(([name]) => name)),
  );
  expect(numbers.length).toBeGreaterThan(9);
});

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

test.each(ranges)(
  '%s accepts both ends of its range, and names the range beyond',
  (name, { min, max }) => {
    const read = (value: number) => readAuthConfig({ ...REQUIRED, [name]: String(value) });
    expect([read(min), read(max)]).toEqual([
      expect.objectContaining({ [name]: min }),
      expect.objectContaining({ [name]: max }),
    ]);
    const message = `${name}: must be a whole number from ${min} to ${max}`;
    for (const beyond of [min - 1, max + 1, 2 ** 31, 8_640_000_000_000]) {
      expect(() => read(beyond)).toThrow(new ConfigError(message));
    }
  },
);
