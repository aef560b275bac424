import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const app = fileURLToPath(new URL('main.ts', import.meta.url));

type Environment = Record<string, string>;

/** The exit and the output of a process. */
export interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

/** Starts Node with the preload and these environment variables only. */
function startTraced(args: string[], env: Environment) {
  const child = spawn(process.execPath, ['--import', '@relay/tracing', ...args], {
    cwd: fileURLToPath(new URL('./', import.meta.url)),
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended: Promise<Ended> = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    stdout,
    stderr,
  }));
  return { child, ended };
}

/** Runs code in Node under the preload until it exits. */
export function runTraced(code: string, env: Environment = {}): Promise<Ended> {
  return startTraced(['--input-type=module', '--eval', code], env).ended;
}

/** Starts `main.ts` and waits until it listens. */
export async function startApp(env: Environment) {
  const { child, ended } = startTraced([app], env);
  const lines: Record<string, unknown>[] = [];
  const port = await new Promise<number>((resolve, reject) => {
    void ended.then(({ stderr }) => reject(new Error(`The app ended: ${stderr}`)));
    createInterface({ input: child.stdout }).on('line', (text) => {
      const line = JSON.parse(text) as Record<string, unknown>;
      lines.push(line);
      if (typeof line['port'] === 'number') resolve(line['port']);
    });
  });
  return {
    url: `http://127.0.0.1:${port}`,
    /** The log lines so far. */
    lines,
    stop(): Promise<Ended> {
      child.kill('SIGTERM');
      return ended;
    },
  };
}
