import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { becomesTrue } from '@relay/dev-servers';

const ROOT = path.join(import.meta.dirname, '..', '..', '..', '..');

/** The exit of a program, and all its output. */
export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  output: string;
}

/** A running program. */
export interface RunningProgram {
  child: ChildProcess;
  /** The output so far, stdout and stderr in order of arrival. */
  output(): string;
  ended: Promise<Ended>;
  /** Signals its whole process group, as a terminal does. */
  signal(name: NodeJS.Signals): void;
}

/** Starts a command on the pinned Node or any program, from the repository's root. */
export function start(file: string, args: string[], env: NodeJS.ProcessEnv): RunningProgram {
  const child = spawn(file, args, {
    cwd: ROOT,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  }
  // An interrupted Vitest runs no clean-up.
  const abandon = () => void child.kill('SIGTERM');
  process.once('exit', abandon);
  const ended = once(child, 'close').then(([code, signal]) => {
    process.off('exit', abandon);
    return { code, signal, output };
  });
  return {
    child,
    output: () => output,
    ended,
    signal: (name) => process.kill(-child.pid!, name),
  };
}

/** Runs a TypeScript file of the repository to its end. */
export function runScript(script: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  return start(process.execPath, [script, ...args], env).ended;
}

/** Polls until the condition is true. @throws Error if it stays false */
export async function waitUntil(
  condition: () => Promise<boolean> | boolean,
  { what, timeoutMs = 60_000 }: { what: string; timeoutMs?: number },
): Promise<void> {
  if (!(await becomesTrue(condition, { timeoutMs }))) throw new Error(`Timed out: ${what}`);
}
