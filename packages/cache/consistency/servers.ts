import { cp, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';

import {
  findRedisServer,
  startRedis,
  startRedisCluster,
  type LocalRedis,
} from '@relay/dev-servers';
import { Redis } from 'ioredis';

import { sendSignal } from './send-signal.ts';

/** One Redis server of a scenario, with the hands of an operator. */
export interface Server {
  readonly port: number;
  /** Sends one command, outside of every pod's connection. */
  command(...args: string[]): Promise<unknown>;
  pause(): void;
  resume(): void;
  kill(): Promise<void>;
  /** Keeps a copy of the data as it is now. */
  backUp(): Promise<void>;
  /** Kills the server and starts it on the copy. */
  restore(): Promise<void>;
  /** Kills the server and starts it empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** A folder of its own. */
  dir: string;
  /** How a backup is kept. */
  persistence: 'rdb' | 'aof';
  extraArgs?: readonly string[];
}

const DUMP = 'kept.rdb';

export async function startServer({
  dir,
  persistence,
  extraArgs = [],
}: ServerOptions): Promise<Server> {
  const isAof = persistence === 'aof';
  const data = path.join(dir, 'data');
  const backup = path.join(dir, 'backup');
  const binary = await redisBinary();
  // Another name than Redis' own: the start of an in-memory server deletes that.
  const args = ['--dbfilename', DUMP, '--repl-diskless-sync-delay', '0', ...extraArgs];
  const start = (port?: number) =>
    startRedis({
      binary,
      dir: data,
      appendonly: isAof,
      extraArgs: args,
      ...(port !== undefined && { port }),
    });
  let server: LocalRedis = await start();
  const killNow = () => sendSignal(server.pid, 'SIGKILL');
  // It would outlive a run that is interrupted.
  process.once('exit', killNow);
  const { port } = server;
  const file = isAof ? 'appendonlydir' : DUMP;

  const command = (...words: string[]) => sendCommand(port, words);

  async function startAgain(): Promise<void> {
    server.resume();
    await server.kill();
    await rm(path.join(data, file), { recursive: true, force: true });
  }

  return {
    port,
    command,
    pause: () => server.pause(),
    resume: () => server.resume(),
    kill: () => server.kill(),
    async backUp() {
      if (isAof) await command('CONFIG', 'SET', 'appendfsync', 'always');
      else await command('SAVE');
      await mkdir(backup, { recursive: true });
      await cp(path.join(data, file), path.join(backup, file), { recursive: true });
    },
    async restore() {
      await startAgain();
      await cp(path.join(backup, file), path.join(data, file), { recursive: true });
      server = await start(port);
    },
    async restart() {
      await startAgain();
      server = await start(port);
    },
    async stop() {
      process.removeListener('exit', killNow);
      await server.stop();
    },
  };
}

/** Three masters and the port of each, in the order of their slots. */
export async function startServers(
  dir: string,
): Promise<{ ports: number[]; stop: () => Promise<void> }> {
  const cluster = await startRedisCluster({ binary: await redisBinary(), dir, masters: 3 });
  return { ports: cluster.nodes.map(({ port }) => port), stop: () => cluster.stop() };
}

export async function sendCommand(port: number, [name, ...args]: string[]): Promise<unknown> {
  const client = new Redis(port, '127.0.0.1', { lazyConnect: true, maxRetriesPerRequest: 0 });
  client.on('error', () => {});
  try {
    return await client.call(name!, ...args);
  } finally {
    client.disconnect();
  }
}

async function redisBinary(): Promise<string> {
  const binary = await findRedisServer();
  if (binary === undefined) throw new Error('the check needs a redis-server on the PATH');
  return binary;
}
