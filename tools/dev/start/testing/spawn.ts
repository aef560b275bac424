import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findRunning, type RunningRelay } from '../running.ts';
import { start, waitUntil, type RunningProgram } from './processes.ts';

/** Creates a folder for `RELAY_DIR`. */
export async function createRelayDir(): Promise<string> {
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-e2e-'));
  // mkdtemp's 0700 would keep out the user that root's Postgres runs as.
  await chmod(dir, 0o755);
  return dir;
}

/** An environment with only those variables of the machine that programs need. */
export function environment(dir: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return { PATH, HOME, RELAY_DIR: dir, PORT: '0', ADMIN_PORT: '0', ...more };
}

/** Spawns Relay as `npm start` does. */
export function spawnRelay(dir: string, more: NodeJS.ProcessEnv = {}): RunningProgram {
  const args = ['--import', '@relay/tracing', 'tools/dev/start/main.ts'];
  return start(process.execPath, args, environment(dir, more));
}

/** Waits until a spawned Relay is ready. @throws Error with its output if it ends instead */
export async function whenReady(program: RunningProgram, dir: string): Promise<RunningRelay> {
  await waitUntil(
    () => {
      const { exitCode, signalCode } = program.child;
      if (exitCode !== null || signalCode !== null) throw new Error(program.output());
      return program.output().includes('Ctrl-C ends everything.');
    },
    { what: 'Relay is ready' },
  );
  const running = await findRunning(dir);
  if (!running) throw new Error('Relay has not written running.json');
  return running;
}
