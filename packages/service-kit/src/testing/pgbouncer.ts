import { spawn } from 'node:child_process';
import { chmod, mkdtemp, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import path from 'node:path';

import { becomesTrue, findProgram, freePort, isCi } from '@relay/dev-servers';
import createKnex from 'knex';

/** A PgBouncer in transaction mode, which refuses start-up parameters by default. */
export interface PgBouncer {
  /** Replaces host and port of a URL by those of the pooler. */
  through(url: string): string;
  stop(): Promise<void>;
}

/**
 * Finds the program. Returns undefined if it is not installed, which skips its tests.
 *
 * @throws Error on CI if it is not installed
 */
export async function findPgBouncer(): Promise<string | undefined> {
  const found = await findProgram('pgbouncer');
  if (found === undefined && isCi()) throw new Error('CI needs pgbouncer on the PATH');
  return found;
}

/** PgBouncer refuses to run as root. The user `nobody` on most systems. */
const UNPRIVILEGED = 65_534;
const START_TIMEOUT_MS = 20_000;

/**
 * @param dir for the configuration
 * @param urls of all roles with their passwords, on the same server
 * @param poolSize server connections per role and database
 */
export async function startPgBouncer(options: {
  program: string;
  dir: string;
  urls: readonly string[];
  poolSize: number;
}): Promise<PgBouncer> {
  const dir = await mkdtemp(path.join(options.dir, 'pgbouncer-'));
  const port = await freePort();
  const server = new URL(options.urls[0]!);
  const users = path.join(dir, 'users.txt');
  const settings = path.join(dir, 'pgbouncer.ini');
  await writeFile(users, options.urls.map(userLine).join(''));
  await writeFile(
    settings,
    [
      '[databases]',
      `* = host=${server.hostname} port=${server.port}`,
      '[pgbouncer]',
      `listen_port = ${port}`,
      'listen_addr = 127.0.0.1',
      'unix_socket_dir =',
      'auth_type = plain',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      `default_pool_size = ${options.poolSize}`,
      'max_client_conn = 200',
    ].join('\n'),
  );
  await chmod(dir, 0o755);
  const asRoot = process.getuid?.() === 0;
  const child = spawn(options.program, ['-q', settings], {
    stdio: 'ignore',
    ...(asRoot && { uid: UNPRIVILEGED, gid: UNPRIVILEGED }),
  });
  const abandon = () => child.kill('SIGKILL');
  process.once('exit', abandon);
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  if (!(await becomesTrue(() => accepts(port), { timeoutMs: START_TIMEOUT_MS }))) {
    throw new Error('pgbouncer did not start listening');
  }
  return {
    through(url) {
      const pooled = new URL(url);
      pooled.host = `127.0.0.1:${port}`;
      return pooled.href;
    },
    async stop() {
      process.off('exit', abandon);
      abandon();
      await ended;
    },
  };
}

/** The URL of a separate service role for the database of this URL; a migration creates the role. */
export function serviceUrlOf(ownerUrl: string): string {
  const url = new URL(ownerUrl);
  url.username = `${url.pathname.slice(1)}_service`;
  url.password = 'secret';
  return url.href;
}

/** Changes the search path in all sessions of a role, as another client of the pooler may do. */
export async function changeSearchPath(url: string, sessionCount: number): Promise<void> {
  const otherClient = createKnex({
    client: 'pg',
    connection: url,
    pool: { min: 0, max: sessionCount },
  });
  const sessions = await Promise.all(
    Array.from({ length: sessionCount }, () => otherClient.transaction()),
  );
  for (const session of sessions) await session.raw('set search_path to nowhere');
  for (const session of sessions) await session.commit();
  await otherClient.destroy();
}

function userLine(url: string): string {
  const { username, password } = new URL(url);
  const quoted = [username, password].map((text) => `"${decodeURIComponent(text)}"`);
  return `${quoted.join(' ')}\n`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
