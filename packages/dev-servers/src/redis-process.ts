import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { DevServerError, reasonOf } from './errors.ts';
import { becomesTrue, commandOf, signal, startOf } from './processes.ts';
import { redisCommand } from './resp.ts';

/** Our files in a folder of `startRedis`, beside Redis' own. */
export function redisPaths(dir: string) {
  return { log: path.join(dir, 'redis.log'), pidFile: path.join(dir, 'redis.pid') };
}

type LaunchOptions = {
  binary: string;
  dir: string;
  port: number;
  appendonly?: boolean | undefined;
  extraArgs?: string[] | undefined;
};

/** A process that was spawned; the pid exists. */
export type RedisProcess = { child: ChildProcess; pid: number };

/** Spawns redis-server and writes its pid file, for the next start after a kill. */
export async function spawnRedis({
  binary,
  dir,
  port,
  appendonly = false,
  extraArgs = [],
}: LaunchOptions): Promise<RedisProcess> {
  const { log, pidFile } = redisPaths(dir);
  const persistence = ['--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', 'everysec'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const output = openSync(log, 'w');
  const child = spawn(binary, [...args, ...persistence, ...extraArgs], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  // A missing binary shows as a missing pid; an event without a listener would end the process.
  child.on('error', () => {});
  if (child.pid === undefined)
    throw new DevServerError(`Redis cannot start: no such program ${binary}.`);
  const { pid } = child;
  const note: RedisNote = { pid, port, startedAt: await startOf(pid) };
  writeFileSync(pidFile, JSON.stringify(note));
  // The child must not keep this process alive.
  child.unref();
  return { child, pid };
}

/** The content of `redis.pid`: the process of the folder's Redis. */
type RedisNote = { pid: number; port: number; startedAt: string | undefined };

/** Waits for the answer to PING; false when the process ended before, or does not answer in time. */
export async function becomesReady({ child, pid }: RedisProcess, port: number): Promise<boolean> {
  const ready = async () => hasEnded(child) || (await answers(pid, port));
  return (await becomesTrue(ready, { timeoutMs: 20_000 })) && !hasEnded(child);
}

async function answers(pid: number, port: number): Promise<boolean> {
  try {
    await redisCommand(port, ['PING']);
    // Another server on the port would answer too.
    const info = String(await redisCommand(port, ['INFO', 'server']));
    return info.includes(`process_id:${pid}\r\n`);
  } catch (error) {
    // With a password Redis answers NOAUTH, which is an answer; while it reads its file, LOADING.
    return reasonOf(error).startsWith('NOAUTH');
  }
}

export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends our child and waits for it. SIGKILL follows after 10 s. */
export async function endChild({ child, pid }: RedisProcess, name: 'SIGTERM' | 'SIGKILL') {
  const ended = () => hasEnded(child);
  for (const next of [name, 'SIGKILL'] as const) {
    if (ended()) return;
    child.kill(next);
    // A paused process takes a SIGTERM only once it continues.
    if (next === 'SIGTERM') child.kill('SIGCONT');
    if (await becomesTrue(ended, { timeoutMs: 10_000 })) return;
  }
  throw new DevServerError(`Redis (process ${pid}) does not stop. End that process.`);
}

/** The Redis of the folder that runs and answers now, also if another process started it. */
export async function findRedis(dir: string): Promise<{ pid: number; port: number } | undefined> {
  const noted = readPidFile(redisPaths(dir).pidFile);
  if (!noted || !(await isThatRedis(noted))) return undefined;
  return (await answers(noted.pid, noted.port)) ? noted : undefined;
}

/** Ends the Redis that a killed run left on the folder. Holds the folder's lock, so the Redis has no owner. */
export async function endOrphan(dir: string, log: (message: string) => void): Promise<void> {
  const { pidFile } = redisPaths(dir);
  const noted = readPidFile(pidFile);
  if (noted === undefined) return;
  const gone = async () => !(await isThatRedis(noted));
  if (!(await gone())) {
    log(`Ending the Redis (process ${noted.pid}) that an earlier run left on ${dir}`);
    signal(noted.pid, 'SIGTERM');
    signal(noted.pid, 'SIGCONT');
    if (!(await becomesTrue(gone, { timeoutMs: 5000 }))) signal(noted.pid, 'SIGKILL');
    if (!(await becomesTrue(gone, { timeoutMs: 5000 }))) {
      throw new DevServerError(
        `Redis (process ${noted.pid}) on ${dir} does not stop. End that process, then try again.`,
      );
    }
  }
  rmSync(pidFile, { force: true });
}

/**
 * Whether the process of the pid file is still our Redis. Another Redis may have its pid and even its port,
 * so the start time must match too.
 */
async function isThatRedis({ pid, startedAt }: RedisNote): Promise<boolean> {
  if (startedAt === undefined || (await startOf(pid)) !== startedAt) return false;
  return /(redis|valkey)-server/.test((await commandOf(pid)) ?? '');
}

function readPidFile(file: string): RedisNote | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
