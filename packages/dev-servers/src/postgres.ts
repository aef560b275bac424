import path from 'node:path';

import { lockFolder } from './folder-lock.ts';
import { postgresBinaries } from './postgres-binaries.ts';
import { ensureCluster, postgresPaths } from './postgres-cluster.ts';
import { killServer, launchServer, stopOrphan, stopServer } from './postgres-process.ts';
import { giveTo, serverFolder, serverUser } from './postgres-user.ts';
import { untilGone } from './processes.ts';

export type PostgresOptions = {
  /** Holds the cluster, its password and log. Created if missing; all files of this Postgres are here. */
  dataDir: string;
  /** On 127.0.0.1; a free one when left out. */
  port?: number;
  /** Receives messages for the user: a system user created, an orphan stopped. */
  log?: (message: string) => void;
  /** Server settings, as in postgresql.conf: `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
};

/** A running Postgres: the superuser `postgres`, its password in the url, on 127.0.0.1 only. */
export type LocalPostgres = {
  url: string;
  port: number;
  pid: number;
  /** The folder of the data: another than the given one if root's Postgres cannot reach that. */
  dataDir: string;
  logFile: string;
  /** Resolves when its process has ended, for any reason; looks twice a second. */
  whenEnded(): Promise<void>;
  /** A fast shutdown: ends the clients' sessions, keeps the data. Can be called again. */
  stop(): Promise<void>;
  /** SIGKILL, as in a crash; the next start recovers. For fault tests. */
  kill(): Promise<void>;
};

/**
 * Starts a real PostgreSQL on a folder, in a session of its own so that Ctrl-C in a terminal does not reach
 * it, and resolves once it takes connections. It outlives this process unless stopped; the next start on
 * the folder then stops it first.
 *
 * @throws DevServerError when the port is taken, the folder is in use by a live process, cannot be written
 *   or is broken, or there is no Postgres for this platform.
 */
export async function startPostgres({
  dataDir,
  port: fixedPort,
  log = () => {},
  settings = {},
}: PostgresOptions): Promise<LocalPostgres> {
  const wanted = path.resolve(dataDir);
  const runAs = await serverUser(postgresPaths(wanted).cluster, log);
  const binaries = await postgresBinaries(runAs);
  const folder = await serverFolder(wanted, runAs);
  const lock = lockFolder(folder, 'Postgres');
  const server = { folder, binaries, runAs };
  try {
    await Promise.all(lock.files.map((file) => giveTo(runAs, file)));
    await stopOrphan(server, log);
    const password = await ensureCluster(server);
    const { port, pid } = await launchServer(server, { fixedPort, settings });
    // Once: a second call must not end a later server on the folder.
    let ending: Promise<void> | undefined;
    const end = (how: Promise<void>) => how.finally(lock.release);
    return {
      url: `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
      port,
      pid,
      dataDir: folder,
      logFile: postgresPaths(folder).log,
      whenEnded: () => untilGone(pid),
      stop: () => (ending ??= end(stopServer(server))),
      kill: () => (ending ??= end(killServer(folder))),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
