import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { readdir, readlink } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { serverEnvironment } from './environment.ts';
import { codeOf } from './errors.ts';

/** The system user of a program; undefined for our own. */
export type RunAs = { uid: number; gid: number } | undefined;

/** The exit of a program. `output` is its stderr and stdout, trimmed. */
export type RunResult = { ok: boolean; output: string };

/**
 * Runs a program to its end, out of reach of the terminal's Ctrl-C: an interrupt would leave a half-made database.
 * Never rejects: a program that cannot be started is `ok: false` with the reason.
 */
export async function run(file: string, args: string[], runAs?: RunAs): Promise<RunResult> {
  const child = spawn(file, args, {
    env: serverEnvironment(),
    detached: process.platform !== 'win32',
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    // cwd: ours may be a folder that the other user cannot enter.
    ...(runAs && { cwd: '/', ...runAs }),
  });
  const [stderr, stdout] = [gather(child.stderr), gather(child.stdout)];
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ ok: false, output: error.message }));
    child.once('close', (code) => {
      const output = Buffer.concat([...stderr, ...stdout])
        .toString()
        .trim();
      resolve({ ok: code === 0, output });
    });
  });
}

function gather(stream: Readable): Buffer[] {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return chunks;
}

/**
 * The command line of a running process; undefined when there is none, or it is a zombie, or the system does not show it.
 * A pid alone proves nothing: the system reuses the number after a restart.
 */
export async function commandOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      return words === '' ? undefined : words;
    } catch {
      return undefined;
    }
  }
  const { ok, output } = await run('ps', ['-ww', '-o', 'command=', '-p', String(pid)]);
  return ok && output !== '' && !output.includes('<defunct>') ? output : undefined;
}

/**
 * The start of a process, in words of the system: a pid that was given to another process since has another
 * one. Undefined when there is no such process.
 */
export async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    try {
      // The fields after the name, which may contain spaces; the 22nd of all counts ticks since boot.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
      return `${boot} ${fields[19]}`;
    } catch {
      return undefined;
    }
  }
  const { ok, output } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
  return ok && output !== '' ? output : undefined;
}

/** True if the pid is taken, even by a zombie. */
export function isTaken(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** Resolves when there is no such process any more. Looks twice a second, and keeps no process alive for it. */
export async function untilGone(pid: number): Promise<void> {
  const startedAt = await startOf(pid);
  for (;;) {
    if ((await commandOf(pid)) === undefined || (await startOf(pid)) !== startedAt) return;
    await sleep(500, undefined, { ref: false });
  }
}

/** Sends a signal; a process that is already gone is no error. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Whether any process works in the folder. Always false on other systems than Linux. */
export async function isWorkedIn(folder: string): Promise<boolean> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  // Unreadable: gone meanwhile, a zombie, or another user's.
  const cwds = await Promise.all(pids.map((pid) => readlink(`/proc/${pid}/cwd`).catch(() => '')));
  return cwds.includes(folder);
}

/** Polls until the condition is true; false once `timeoutMs` has passed. */
export async function becomesTrue(
  condition: () => Promise<boolean> | boolean,
  { timeoutMs, intervalMs = 20 }: { timeoutMs: number; intervalMs?: number },
): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() >= deadline) return false;
    await sleep(intervalMs);
  }
  return true;
}

/** The last lines of a log or of a program's output, indented for an error message, without timestamps. */
export function tail(text: string): string {
  const lines = text.trim().split('\n').slice(-8);
  return lines.map((line) => `  ${line.replace(/^[\d-]+ [\d:.]+ \w+ \[\d+\] /, '')}`).join('\n');
}

/** As `tail`, of a file; empty when there is no such file. */
export function tailOfFile(file: string): string {
  try {
    return tail(readFileSync(file, 'utf8'));
  } catch {
    return '';
  }
}
