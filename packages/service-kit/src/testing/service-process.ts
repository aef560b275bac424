import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';

import { afterEach, vi } from 'vitest';

const SOURCES = path.join(import.meta.dirname, '..');

const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
});

/** Runs a file of `src` as a pod does, with these variables and no others. */
function run(file: string, variables: Record<string, string>) {
  const args = ['--import', '@relay/tracing', file];
  const child = spawn(process.execPath, args, { cwd: SOURCES, env: variables });
  children.push(child);
  const exit = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exit };
}

export async function runToTheEnd(file: string, variables: Record<string, string>) {
  const { child, exit } = run(file, variables);
  const [code, stdout, stderr] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}

/** The service as a process that is ready, on ports of its own. */
export async function startService(variables: Record<string, string>) {
  const { child, exit } = run('main.ts', {
    HOST: '127.0.0.1',
    PORT: '0',
    ADMIN_PORT: '0',
    ...variables,
  });
  const lines: Record<string, unknown>[] = [];
  createInterface({ input: child.stdout }).on('line', (line) =>
    lines.push(JSON.parse(line) as Record<string, unknown>),
  );
  const logged = (msg: string) =>
    vi.waitFor(() => {
      const found = lines.find((line) => line['msg'] === msg);
      if (!found) throw new Error(`"${msg}" was not logged`);
      return found;
    }, 10_000);
  const { port, adminPort } = await logged('Listening');
  return {
    child,
    exit,
    logged,
    port: Number(port),
    admin: `http://127.0.0.1:${String(adminPort)}`,
  };
}
