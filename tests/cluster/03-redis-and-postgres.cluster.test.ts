import { expect, inject, test } from 'vitest';

import { logIn } from './support/api.ts';
import { relay } from './support/cluster.ts';
import { emptyCache, psql, redisCli } from './support/stores.ts';

test('Redis holds the JSON that the API sends, for at most 300 seconds', async ({ annotate }) => {
  const client = await logIn(inject('email'));
  await emptyCache(relay);
  const { text } = await client.list();

  const keys = (await redisCli(relay, 'KEYS', '*')).split('\n').toSorted();
  expect(keys).toContain('posts:all');
  expect(await redisCli(relay, 'GET', 'posts:all')).toBe(text);
  const ttlSeconds = Number(await redisCli(relay, 'TTL', 'posts:all'));
  expect(ttlSeconds).toBeGreaterThan(0);
  expect(ttlSeconds).toBeLessThanOrEqual(300);
  const memory = await redisCli(relay, 'INFO', 'memory');
  expect(memory).toMatch(/^maxmemory:[1-9]\d*\r?$/m);

  await annotate(`KEYS '*': ${keys.join(' ')}`);
  await annotate(`TTL posts:all: ${ttlSeconds}`);
  for (const name of ['used_memory_human', 'maxmemory_human', 'maxmemory_policy']) {
    await annotate(new RegExp(`^${name}:\\S+`, 'm').exec(memory)![0]);
  }
});

const DANGEROUS = [
  'FLUSHALL',
  'FLUSHDB',
  'CONFIG SET maxmemory 1',
  'DEBUG SLEEP 0',
  'SHUTDOWN NOSAVE',
  'REPLICAOF localhost 1',
  'ACL SETUSER post +@all ~*',
  'MODULE LIST',
  'SCRIPT FLUSH',
];

test.for(DANGEROUS)('Redis refuses %s, even from the user `default`', async (command) => {
  expect(await redisCli(relay, ...command.split(' '))).toMatch(/^(NOPERM|ERR .*not allowed)/);
});

test('Redis refuses a client without a password', async () => {
  const command = ['env', '-u', 'REDISCLI_AUTH', 'redis-cli', 'PING'];
  const output = await relay.exec('relay-redis-0', ...command);
  expect(output).toMatch(/^NOAUTH/);
});

test.for([
  { user: 'auth', command: 'GET posts:all' },
  { user: 'auth', command: 'SET posts:all x' },
  { user: 'auth', command: 'KEYS *' },
  { user: 'auth', command: 'FLUSHALL' },
  { user: 'auth', command: 'CONFIG GET *' },
  { user: 'post', command: 'GET auth:limit:registration:x' },
  { user: 'post', command: 'DEL auth:limit:registration:x' },
  { user: 'post', command: 'KEYS *' },
  { user: 'post', command: 'FLUSHALL' },
  { user: 'post', command: 'CONFIG GET *' },
  { user: 'exporter', command: 'GET posts:all' },
  { user: 'exporter', command: 'DEL posts:all' },
])('Redis refuses $command from its user $user', async ({ user, command }) => {
  expect(await redisCliAs(user, ...command.split(' '))).toMatch(/^NOPERM/);
});

test('each service may use its own keys', async () => {
  expect(await redisCliAs('post', 'GET', 'posts:nothing')).toBe('');
  expect(await redisCliAs('auth', 'GET', 'auth:nothing')).toBe('');
});

test.for([
  { role: 'auth', sql: 'select count(*) from post.posts', refusal: 'permission denied' },
  { role: 'post', sql: 'select count(*) from auth.users', refusal: 'permission denied' },
  { role: 'exporter', sql: 'select count(*) from auth.users', refusal: 'permission denied' },
  { role: 'auth', sql: 'create table auth.more (id int)', refusal: 'permission denied' },
  { role: 'post', sql: 'create role another', refusal: 'permission denied' },
])('Postgres refuses its role $role "$sql"', async ({ role, sql, refusal }) => {
  await expect(psqlAs(role, sql)).rejects.toThrow(refusal);
});

test('Postgres refuses a client without a password, even on its own loopback', async () => {
  const url = 'postgres://postgres@127.0.0.1:5432/relay';
  const connecting = relay.exec('relay-postgres-0', 'psql', '--no-password', url);
  await expect(connecting).rejects.toThrow('no password supplied');
});

test('each service may read its own tables', async () => {
  expect(Number(await psqlAs('auth', 'select count(*) from auth.users'))).toBeGreaterThan(0);
  expect(Number(await psqlAs('post', 'select count(*) from post.posts'))).toBeGreaterThan(-1);
});

test('Postgres records statistics of statements', async ({ annotate }) => {
  const sql = 'select count(*) from pg_stat_statements';
  const count = Number(await psql(relay, sql));
  expect(count).toBeGreaterThan(0);
  await annotate(`pg_stat_statements: ${count} statements`);
});

/** As a user of Redis, with its password. */
async function redisCliAs(user: string, ...args: string[]): Promise<string> {
  const { secret, exec } = relay;
  const password = (await secret('relay-redis'))[`${user}-password`]!;
  return exec(
    'relay-redis-0',
    'env',
    `REDISCLI_AUTH=${password}`,
    'redis-cli',
    '--user',
    user,
    ...args,
  );
}

/** Over TCP with a password, as the services connect. */
async function psqlAs(role: string, sql: string): Promise<string> {
  const password = (await relay.secret('relay-postgres'))[`${role}-password`]!;
  const url = `postgres://${role}:${encodeURIComponent(password)}@127.0.0.1:5432/relay`;
  return relay.exec('relay-postgres-0', 'psql', '--no-psqlrc', '-tA', url, '--command', sql);
}
