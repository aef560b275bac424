import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { LocalServiceError, reasonOf } from './errors.ts';
import { commandOf, eventually, signal } from './processes.ts';
import { redisCommand } from './resp.ts';

/** What lies in a Redis folder of ours, beside Redis' own files. */
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

/** A process that was spawned; the pid is known to exist. */
export type RedisProcess = { child: ChildProcess; pid: number };

/** Spawns redis-server and notes its pid, so that the next start finds it should we be killed. */
export function spawnRedis({
  binary,
  dir,
  port,
  appendonly = false,
  extraArgs = [],
}: LaunchOptions): RedisProcess {
  const { log, pidFile } = redisPaths(dir);
  const persistence = ['--appendonly', appendonly ? 'yes' : 'no', '--appendfsync', 'everysec'];
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', ''];
  const output = openSync(log, 'w');
  const child = spawn(binary, [...args, ...persistence, ...extraArgs], {
    detached: true,
    stdio: ['ignore', output, output],
  });
  closeSync(output);
  // A missing binary is told by the missing pid; unheard, the event would end the process.
  child.on('error', () => {});
  if (child.pid === undefined)
    throw new LocalServiceError(`Redis cannot start: no such program ${binary}.`);
  writeFileSync(pidFile, JSON.stringify({ pid: child.pid, port }));
  // It must not keep a process alive that has nothing else to do.
  child.unref();
  return { child, pid: child.pid };
}

/** Waits for the answer to PING; false when the process ended before, or does not answer in time. */
export async function becomesReady({ child, pid }: RedisProcess, port: number): Promise<boolean> {
  const ready = async () => hasEnded(child) || (await answers(pid, port));
  return (await eventually(ready, { timeoutMs: 20_000 })) && !hasEnded(child);
}

async function answers(pid: number, port: number): Promise<boolean> {
  try {
    await redisCommand(port, ['PING']);
    // Whoever took the port before ours could, answers too.
    const info = String(await redisCommand(port, ['INFO', 'server']));
    return info.includes(`process_id:${pid}\r\n`);
  } catch (error) {
    // With a password Redis answers NOAUTH, which is an answer; while it reads its file, LOADING.
    return reasonOf(error).startsWith('NOAUTH');
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends our child and waits for it. SIGKILL follows when it does not heed the signal within 10 s. */
export async function endChild({ child, pid }: RedisProcess, name: 'SIGTERM' | 'SIGKILL') {
  const ended = () => hasEnded(child);
  for (const next of [name, 'SIGKILL'] as const) {
    if (ended()) return;
    child.kill(next);
    // A paused process takes a SIGTERM only once it continues.
    if (next === 'SIGTERM') child.kill('SIGCONT');
    if (await eventually(ended, { timeoutMs: 10_000 })) return;
  }
  throw new LocalServiceError(`Redis (process ${pid}) does not stop. End that process.`);
}

/** Ends the Redis that a killed run left on the folder. We hold the folder, so it has no owner. */
export async function endOrphan(dir: string, log: (message: string) => void): Promise<void> {
  const { pidFile } = redisPaths(dir);
  const noted = readPidFile(pidFile);
  if (noted === undefined) return;
  const gone = async () => !isThatRedis(await commandOf(noted.pid), noted.port);
  if (!(await gone())) {
    log(`Ending the Redis (process ${noted.pid}) that an earlier run left on ${dir}`);
    signal(noted.pid, 'SIGTERM');
    signal(noted.pid, 'SIGCONT');
    if (!(await eventually(gone, { timeoutMs: 5000 }))) signal(noted.pid, 'SIGKILL');
    if (!(await eventually(gone, { timeoutMs: 5000 }))) {
      throw new LocalServiceError(
        `Redis (process ${noted.pid}) on ${dir} does not stop. End that process, then try again.`,
      );
    }
  }
  rmSync(pidFile, { force: true });
}

/** Redis shows its address as its command line: `redis-server 127.0.0.1:6379`. */
function isThatRedis(command: string | undefined, port: number): boolean {
  return (
    command !== undefined && /(redis|valkey)-server/.test(command) && command.includes(String(port))
  );
}

function readPidFile(file: string): { pid: number; port: number } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
