import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { afterAll } from 'vitest';

type Line = Record<string, unknown>;

/** How a process ended. `code` is null after a signal. */
interface Exit {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `main.ts` of a service as a process, as a pod runs it. */
export interface ServiceProcess {
  url: string;
  adminUrl: string;
  /** The log lines so far. */
  lines: readonly Line[];
  /** Resolves with the first line with this message, past or future. */
  logged(message: string): Promise<Line>;
  kill(signal: NodeJS.Signals): void;
  exit: Promise<Exit>;
  /** Sends SIGTERM. */
  stop(): Promise<Exit>;
}

const killAll: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  await Promise.all(killAll.splice(0).map((kill) => kill()));
});

/** Starts a file of a service's `src` under the tracing preload, with these environment variables only. */
function spawnService(folder: string, file: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', '@relay/tracing', file], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]): Exit => ({ code: code as number | null, stdout, stderr }),
  );
  killAll.push(() => {
    child.kill('SIGKILL');
    return exit;
  });
  return { child, exit };
}

/** Runs a file of a service to its end. @param folder the `src` of the service */
export function runToExit(
  folder: string,
  file: string,
  environment: Record<string, string>,
): Promise<Exit> {
  return spawnService(folder, file, environment).exit;
}

/**
 * Starts `main.ts` of a service on free ports, and waits until it listens.
 *
 * @param folder the `src` of the service
 * @throws Error with stderr if the process ends instead
 */
export async function startServiceProcess(
  folder: string,
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const ports = { HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0' };
  const { child, exit } = spawnService(folder, 'main.ts', { ...ports, ...environment });
  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(JSON.parse(line) as Line);
    for (const check of waiting) check();
  });
  const logged = (message: string) =>
    new Promise<Line>((resolve, reject) => {
      const check = () => {
        const line = lines.find(({ msg }) => msg === message);
        if (line) resolve(line);
      };
      waiting.add(check);
      void exit.then(({ stderr }) => reject(new Error(`It ended without "${message}": ${stderr}`)));
      check();
    });

  const { port, adminPort } = await logged('Listening');
  return {
    url: `http://127.0.0.1:${String(port)}`,
    adminUrl: `http://127.0.0.1:${String(adminPort)}`,
    lines,
    logged,
    kill: (signal) => void child.kill(signal),
    exit,
    stop() {
      child.kill('SIGTERM');
      return exit;
    },
  };
}
