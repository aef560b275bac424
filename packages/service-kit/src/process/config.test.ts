import { expect, test } from 'vitest';
import { z } from 'zod';

import {
  ConfigError,
  databaseVariables,
  flag,
  httpUrl,
  httpVariables,
  list,
  port,
  postgresUrl,
  readConfig,
  redisUrl,
  redisVariables,
  wholeNumber,
} from './config.ts';

test('reads every kind of variable', () => {
  const shape = {
    POOL: wholeNumber(10, 1, 99),
    PORT: port(8080),
    STRICT: flag(false),
    ORIGINS: list(),
    DATABASE_URL: postgresUrl(),
    REDIS_URL: redisUrl(),
    JWKS_URL: httpUrl(),
  };
  const environment = {
    POOL: '20',
    PORT: '0',
    STRICT: 'true',
    ORIGINS: ' https://a.example, ,https://b.example,',
    DATABASE_URL: 'postgresql://user:p%40ss@db/relay',
    REDIS_URL: 'rediss://cache:6380/1',
    JWKS_URL: 'http://auth/jwks.json',
  };
  expect(readConfig(shape, environment)).toEqual({
    POOL: 20,
    PORT: 0,
    STRICT: true,
    ORIGINS: ['https://a.example', 'https://b.example'],
    DATABASE_URL: 'postgresql://user:p%40ss@db/relay',
    REDIS_URL: 'rediss://cache:6380/1',
    JWKS_URL: 'http://auth/jwks.json',
  });
});

test('uses the default for an unset or empty variable', () => {
  const shape = { POOL: wholeNumber(10, 1, 99), STRICT: flag(true), ORIGINS: list() };
  const defaults = { POOL: 10, STRICT: true, ORIGINS: [] };
  expect(readConfig(shape, {})).toEqual(defaults);
  expect(readConfig(shape, { POOL: '', STRICT: '', ORIGINS: '' })).toEqual(defaults);
});

test.each(['simple', 'p@ss/w:rd?#', 'a%41', 'ü ñ'])(
  'puts the password %s into its URL',
  (password) => {
    const environment = {
      DATABASE_URL: 'postgres://auth@db:5432/relay?sslmode=require',
      DATABASE_PASSWORD: password,
      REDIS_URL: 'rediss://auth:another@cache',
      REDIS_PASSWORD: password,
    };
    const config = readConfig({ ...databaseVariables, ...redisVariables }, environment);
    for (const url of [config.DATABASE_URL, config.REDIS_URL!].map((text) => new URL(text))) {
      expect(url.username).toBe('auth');
      expect(decodeURIComponent(url.password)).toBe(password);
    }
    expect(config.DATABASE_URL).toMatch(/@db:5432\/relay\?sslmode=require$/);
  },
);

test.each(['secret\n', 'secret\r\n', 'secret\n\n'])(
  'leaves out the newline with which the password %j ends',
  (password) => {
    const environment = { DATABASE_URL: 'postgres://auth@db/relay', DATABASE_PASSWORD: password };
    const { DATABASE_URL } = readConfig(databaseVariables, environment);
    expect(new URL(DATABASE_URL).password).toBe('secret');
  },
);

test('keeps the password of a URL without a separate password', () => {
  const environment = { DATABASE_URL: 'postgres://auth:secret@db/relay', DATABASE_PASSWORD: '' };
  expect(readConfig(databaseVariables, environment).DATABASE_URL).toBe(environment.DATABASE_URL);
});

test('ignores variables outside of the shape', () => {
  expect(readConfig({ POOL: wholeNumber(10, 1, 99) }, { HOME: '/root' })).toEqual({ POOL: 10 });
});

test.each([
  ['a number with a unit', wholeNumber(10, 1, 99), '10s', 'from 1 to 99'],
  ['a fraction', wholeNumber(10, 1, 99), '1.5', 'whole number'],
  ['a negative number', wholeNumber(10, 1, 99), '-1', 'whole number'],
  ['a hexadecimal number', wholeNumber(10, 1, 99), '0x10', 'whole number'],
  ['a number below the least', wholeNumber(10, 1, 99), '0', 'from 1 to 99'],
  ['a number beyond the exact ones', wholeNumber(10, 1, 99), '9007199254740993', 'whole number'],
  ['a number above the greatest', wholeNumber(10, 1, 99), '100', 'from 1 to 99'],
  ['a port that does not exist', port(80), '65536', 'from 0 to 65535'],
  ['another word for true', flag(false), 'yes', 'must be true or false'],
  ['a URL of another scheme', postgresUrl(), 'mysql://h/d', 'postgres:// or postgresql://'],
  ['no URL at all', redisUrl(), 'localhost:6379', 'redis:// or rediss://'],
  ['a URL with a broken host', httpUrl(), 'http://', 'http:// or https://'],
  ['an origin without its scheme', httpVariables.CORS_ORIGINS, 'example.com', 'origins such as'],
  ['an origin with a path', httpVariables.CORS_ORIGINS, 'https://example.com/a', 'origins such as'],
  ['an unknown log level', httpVariables.LOG_LEVEL, 'verbose', 'must be one of fatal, error'],
])('rejects %s', (_name, type, value, message) => {
  const read = () => readConfig({ NAME: type as z.ZodType }, { NAME: value });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`NAME: `);
  expect(read).toThrow(message);
});

test('names all variables at once, without their values', () => {
  const environment = {
    PORT: 'secret-port',
    DATABASE_URL: 'mysql://user:secret@db/relay',
    REDIS_CLUSTER: 'secret-flag',
  };
  const shape = { ...httpVariables, ...databaseVariables, ...redisVariables, KEYS: z.string() };
  expect(() => readConfig(shape, environment)).toThrow(
    new ConfigError(
      [
        'PORT: must be a whole number from 0 to 65535',
        'DATABASE_URL: must be a URL that begins with postgres:// or postgresql://',
        'REDIS_CLUSTER: must be true or false',
        'KEYS: is required and not set',
      ].join('\n'),
    ),
  );
});
