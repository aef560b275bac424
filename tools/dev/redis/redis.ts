import path from 'node:path';

import { eventually, findRedis } from '@relay/dev-servers';

import { openRedis } from '../../kit/redis-connection.ts';
import { commandPrefix, relayDir } from '../start/folder.ts';
import { switchRedis } from '../start/redis-switch.ts';
import { findRunning, type RunningRelay } from '../start/running.ts';
import type { RedisOptions } from './options.ts';

/** The command cannot do what was asked; the message says why. */
class RedisCommandError extends Error {
  override readonly name = 'RedisCommandError';
}

export const expectedErrors = [RedisCommandError];

const PATIENCE_MS = 30_000;

export async function run(options: RedisOptions): Promise<void> {
  const dir = relayDir(process.env);
  const running = await findRunning(dir);
  if (!running) {
    throw new RedisCommandError(`No Relay runs on ${dir}. Start one first: npm start`);
  }
  const redis = assertRedis(running);
  switch (options.action) {
    case 'get':
      console.log(await read(redis, options.key));
      break;
    case 'stop':
      assertOwn(redis);
      console.log(await stop(dir));
      break;
    default:
      assertOwn(redis);
      console.log(await start(dir));
  }
}

type RelayRedis = NonNullable<RunningRelay['redis']>;

function assertRedis({ redis }: RunningRelay): RelayRedis {
  if (redis) return redis;
  throw new RedisCommandError('This Relay caches in its own process: it has no Redis.');
}

function assertOwn({ own, url }: RelayRedis): void {
  if (own) return;
  const { host } = new URL(url);
  throw new RedisCommandError(
    `This Relay uses the Redis of REDIS_URL at ${host}, which it has not started and leaves alone.`,
  );
}

async function read(redis: RelayRedis, key: string): Promise<string> {
  const client = await openRedis(redis);
  if ('problem' in client) {
    const { host } = new URL(redis.url);
    throw new RedisCommandError(`Redis at ${host} ${client.problem}.`);
  }
  try {
    const [type, ttl] = await Promise.all([client.type(key), client.ttl(key)]);
    if (type === 'none') return `${key} is not in Redis.`;
    const life = ttl < 0 ? 'no TTL' : `TTL ${ttl} s`;
    if (type !== 'string') return `${key} is a ${type}, ${life}.`;
    return `${key}, ${life}\n${await client.get(key)}`;
  } finally {
    client.disconnect();
  }
}

async function stop(dir: string): Promise<string> {
  const folder = path.join(dir, 'redis');
  const found = await findRedis(folder);
  await switchRedis(dir, 'stopped');
  if (!(await eventually(async () => !(await findRedis(folder)), { timeoutMs: PATIENCE_MS }))) {
    throw new RedisCommandError('Redis does not stop. The log of npm start has the reason.');
  }
  const which = found ? ` (process ${found.pid}, port ${found.port})` : '';
  return (
    `Redis is stopped${which}: reads come from Postgres.\n` +
    `To start it again: ${commandPrefix(dir)}npm run redis -- start`
  );
}

async function start(dir: string): Promise<string> {
  const folder = path.join(dir, 'redis');
  await switchRedis(dir, 'running');
  if (
    !(await eventually(async () => Boolean(await findRedis(folder)), { timeoutMs: PATIENCE_MS }))
  ) {
    throw new RedisCommandError('Redis does not start. The log of npm start has the reason.');
  }
  const { pid, port } = (await findRedis(folder))!;
  return `Redis runs (process ${pid}, port ${port}), empty at first.`;
}
