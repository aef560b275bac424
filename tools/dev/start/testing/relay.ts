import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';

import { isTaken } from '@relay/dev-servers';
import { onTestFinished } from 'vitest';

import type { RunningRelay } from '../running.ts';
import type { Ended, RunningProgram } from './processes.ts';
import * as spawn from './spawn.ts';

export { environment } from './spawn.ts';

/** A Relay that was started as `npm start` does it. */
export interface StartedRelay extends RunningProgram, RunningRelay {
  /** The log's lines, parsed. */
  logs(): Record<string, unknown>[];
  /** Ctrl-C, and how it ended. */
  stop(): Promise<Ended>;
}

/** A folder for `RELAY_DIR`, removed after the test with the servers that still run on it. */
export async function relayFolder(): Promise<string> {
  const dir = await spawn.createRelayDir();
  onTestFinished(async () => {
    for (const pid of await serversOn(dir)) process.kill(pid, 'SIGKILL');
    await rm(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  });
  return dir;
}

/** Spawns Relay; ended after the test if it still runs. */
export function spawnRelay(dir: string, more: NodeJS.ProcessEnv = {}): RunningProgram {
  const program = spawn.spawnRelay(dir, more);
  onTestFinished(async () => {
    if (program.child.exitCode !== null || program.child.signalCode !== null) return;
    program.signal('SIGINT');
    await program.ended;
  });
  return program;
}

/** Starts Relay and waits until it is ready. */
export async function startRelay(dir: string, more: NodeJS.ProcessEnv = {}): Promise<StartedRelay> {
  const program = spawnRelay(dir, more);
  const running = await spawn.whenReady(program, dir);
  return {
    ...program,
    ...running,
    logs: () => parseLogs(program.output()),
    async stop() {
      program.signal('SIGINT');
      return program.ended;
    },
  };
}

function parseLogs(output: string): Record<string, unknown>[] {
  const lines = output.split('\n').filter((line) => line.startsWith('{'));
  return lines.map((line) => JSON.parse(line));
}

/** The pids of the Postgres and Redis on a folder, from their pid files. */
export async function serversOn(dir: string): Promise<number[]> {
  const files = ['postgres/cluster/postmaster.pid', 'redis/redis.pid'];
  const texts = await Promise.all(
    files.map((file) => readFile(path.join(dir, file), 'utf8').catch(() => '')),
  );
  const pids = texts.map((text) => Number.parseInt(text.replace('{"pid":', ''), 10));
  return pids.filter((pid) => !Number.isNaN(pid) && isTaken(pid));
}
