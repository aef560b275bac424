import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import { becomesTrue } from '@relay/dev-servers';

const START = path.join(import.meta.dirname, '..', '..', 'start', 'main.ts');
const START_TIMEOUT_MS = 30_000;

/** A server under test, in a process of its own. */
export interface ServerProcess {
  url: string;
  stop(): Promise<void>;
}

/** Starts `bare-koa.ts` or `uncached-service.ts`, which answers with these bytes. */
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

/** Relay as `npm start` runs it. Its log is written, and discarded. */
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
      // All clients write as one user.
      POSTS_PER_USER: '1000000',
      VOTES_PER_USER: '1000000',
      ...environment,
    },
  });
  await untilReady(child, `http://127.0.0.1:${adminPort}/readyz`);
  return { url: `http://127.0.0.1:${port}`, stop: () => end(child) };
}

async function untilReady(child: ReturnType<typeof spawn>, url: string): Promise<void> {
  const isReady = async () => {
    if (child.exitCode !== null) throw new Error('Relay ended before it was ready');
    return fetch(url).then(
      ({ ok }) => ok,
      () => false,
    );
  };
  if (await becomesTrue(isReady, { timeoutMs: START_TIMEOUT_MS })) return;
  throw new Error(`Relay was not ready within ${START_TIMEOUT_MS} ms`);
}

async function end(child: ReturnType<typeof spawn>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
