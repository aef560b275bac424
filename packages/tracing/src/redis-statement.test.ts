import { expect, test } from 'vitest';

import { redisStatement } from './redis-statement.ts';

test.each([
  ['get', ['posts:all'], 'get posts:*'],
  ['set', ['posts:user:alice', 'value:1', 'PX', 300_000], 'set posts:*'],
  ['mget', ['{posts:id}:1', '{posts:id}:2'], 'mget posts:*'],
  ['get', [Buffer.from('posts:all')], 'get posts:*'],
  ['evalsha', ['0beec7b5:a', 1, 'posts:all', 'value'], 'evalsha posts:*'],
  ['eval', ['return redis.call("get", "secret:a")', 0], 'eval'],
  ['AUTH', ['user:password'], 'AUTH'],
  ['get', ['alice@example.com:1'], 'get'],
  ['get', ['nocolon'], 'get'],
  ['get', [42], 'get'],
  ['info', [], 'info'],
])('%s %j is redacted to %j', (command, args, statement) => {
  expect(redisStatement(command, args)).toBe(statement);
});
