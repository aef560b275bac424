import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import type { Signer } from './tokens.ts';

type Line = Record<string, unknown>;

/** `src/main.ts` as a process of its own, as a pod runs it. */
export interface ServiceProcess {
  url: string;
  adminUrl: string;
  /** What it logged so far. */
  lines: readonly Line[];
  /** The first line with this message, past or to come. */
  logged(message: string): Promise<Line>;
  /** SIGTERM; resolves with the exit code and what was written to stderr. */
  stop(): Promise<{ code: number | null; stderr: string }>;
}

export async function startServiceProcess(
  environment: Record<string, string>,
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, ['--import', '@relay/tracing', 'src/main.ts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    env: { HOST: '127.0.0.1', PORT: '0', ADMIN_PORT: '0', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }));

  const lines: Line[] = [];
  const waiting = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    lines.push(JSON.parse(text) as Line);
    for (const look of waiting) look();
  });
  const logged = (message: string) =>
    new Promise<Line>((resolve, reject) => {
      const look = () => {
        const found = lines.find((line) => line['msg'] === message);
        if (found) resolve(found);
      };
      waiting.add(look);
      void ended.then((end) => reject(new Error(`It ended without "${message}": ${end.stderr}`)));
      look();
    });

  const { port, adminPort } = await logged('Listening');
  return {
    url: `http://127.0.0.1:${String(port)}`,
    adminUrl: `http://127.0.0.1:${String(adminPort)}`,
    lines,
    logged,
    stop() {
      child.kill('SIGTERM');
      return ended;
    },
  };
}

/** An auth service as far as the post service knows one. */
export async function serveJwks({ jwk }: Signer) {
  const server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ keys: [jwk] }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/api/auth/.well-known/jwks.json`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
