import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const START = path.join(import.meta.dirname, '..', '..', 'start', 'main.ts');
const START_TIMEOUT_MS = 30_000;

/** A server under test, in a process of its own. */
export interface ServerProcess {
  url: string;
  stop(): Promise<void>;
}

/** A program beside this file that answers with these bytes: `bare-koa.ts`, `uncached-service.ts`. */
export async function startSender(program: string, bytes: Uint8Array): Promise<ServerProcess> {
  const file = path.join(import.meta.dirname, program);
  const child = spawn(process.execPath, [file], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.stdin.end(bytes);
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  return { url: `http://127.0.0.1:${port.toString().trim()}`, stop: () => end(child) };
}

interface RelayOptions {
  dir: string;
  logLevel: string;
  port: number;
  adminPort: number;
  databaseUrl: string;
  redisUrl: string;
  /** Settings beyond those above. */
  environment?: Readonly<Record<string, string>>;
}

/** Relay as `npm start` runs it, its log written to nowhere but written. */
export async function startRelay(options: RelayOptions): Promise<ServerProcess> {
  const { dir, logLevel, port, adminPort, databaseUrl, redisUrl, environment } = options;
  const child = spawn(process.execPath, ['--import', '@relay/tracing', START], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      RELAY_DIR: dir,
      LOG_LEVEL: logLevel,
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redisUrl,
      // All clients of a scenario write as one user.
      POSTS_PER_USER: '1000000',
      VOTES_PER_USER: '1000000',
      ...environment,
    },
  });
  await untilReady(child, `http://127.0.0.1:${adminPort}/readyz`);
  return { url: `http://127.0.0.1:${port}`, stop: () => end(child) };
}

async function untilReady(child: ReturnType<typeof spawn>, url: string): Promise<void> {
  const giveUpAt = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < giveUpAt) {
    const ready = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    if (child.exitCode !== null) throw new Error('Relay ended before it was ready');
    await wait(50);
  }
  throw new Error(`Relay was not ready within ${START_TIMEOUT_MS} ms`);
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
