import { becomesTrue, findRedis } from '@relay/dev-servers';

import { UserError } from '../../kit/cli.ts';
import { openRedis } from '../../kit/redis-connection.ts';
import { npmCommand, relayDir, relayFiles } from '../start/folder.ts';
import { switchRedis } from '../start/redis-switch.ts';
import { findRunning, type RunningRelay } from '../start/running.ts';
import type { RedisOptions } from './options.ts';

const PATIENCE_MS = 30_000;

export async function run(options: RedisOptions, environment: NodeJS.ProcessEnv): Promise<void> {
  const dir = relayDir(environment);
  const running = await findRunning(dir);
  if (!running) {
    throw new UserError(`No Relay runs on ${dir}. Start one first: ${npmCommand(dir, 'start')}`);
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
  throw new UserError('This Relay caches in its own process: it has no Redis.');
}

function assertOwn({ own, url }: RelayRedis): void {
  if (own) return;
  const { host } = new URL(url);
  throw new UserError(
    `This Relay uses the Redis of REDIS_URL at ${host}, which it has not started and leaves alone.`,
  );
}

async function read(redis: RelayRedis, key: string): Promise<string> {
  const client = await openRedis(redis);
  if ('problem' in client) {
    const { host } = new URL(redis.url);
    throw new UserError(`Redis at ${host} ${client.problem}.`);
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
  const before = await findRedis(relayFiles(dir).redis);
  await switchRedis(dir, 'stopped');
  const isStopped = async () => !(await findRedis(relayFiles(dir).redis));
  if (!(await becomesTrue(isStopped, { timeoutMs: PATIENCE_MS }))) {
    throw new UserError('Redis does not stop. The log of npm start has the reason.');
  }
  const which = before ? ` (process ${before.pid}, port ${before.port})` : '';
  return (
    `Redis is stopped${which}: reads come from Postgres.\n` +
    `To start it again: ${npmCommand(dir, 'run redis -- start')}`
  );
}

async function start(dir: string): Promise<string> {
  await switchRedis(dir, 'running');
  let redis: Awaited<ReturnType<typeof findRedis>>;
  const isStarted = async () => Boolean((redis = await findRedis(relayFiles(dir).redis)));
  if (!(await becomesTrue(isStarted, { timeoutMs: PATIENCE_MS })) || !redis) {
    throw new UserError('Redis does not start. The log of npm start has the reason.');
  }
  return `Redis runs (process ${redis.pid}, port ${redis.port}), empty at first.`;
}
