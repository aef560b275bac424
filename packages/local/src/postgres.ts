import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import { LocalServiceError } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { assertPortFree, freePort } from './ports.ts';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries.ts';
import { brokenFolder, ensureCluster, postgresPaths, writeSettings } from './postgres-cluster.ts';
import { giveTo, serverFolder, serverUser } from './postgres-user.ts';
import { commandOf, eventually, run, signal, tail, tailOfFile, type RunAs } from './processes.ts';

export type PostgresOptions = {
  /** Holds the cluster, its password and log. Made when missing; everything about this Postgres lies here. */
  dataDir: string;
  /** On 127.0.0.1; a free one when left out. */
  port?: number;
  /** Hears of what a person may want to know: a new cluster, an orphan stopped, another folder used. */
  log?: (message: string) => void;
  /** Server settings, as in postgresql.conf: `{ fsync: 'off' }`. */
  settings?: Record<string, string>;
};

/** A running Postgres: the superuser `postgres`, its password in the url, on 127.0.0.1 only. */
export type LocalPostgres = {
  url: string;
  port: number;
  pid: number;
  /** Where the data really is: elsewhere than asked when root's Postgres could not reach that. */
  dataDir: string;
  logFile: string;
  /** A fast shutdown: ends the clients' sessions, keeps the data. Can be called again. */
  stop(): Promise<void>;
  /** SIGKILL, as in a crash; the next start recovers. For fault tests. */
  kill(): Promise<void>;
};

type Server = { folder: string; binaries: PostgresBinaries; runAs: RunAs };

/**
 * Starts a real PostgreSQL on a folder, in a session of its own so that Ctrl-C in a terminal does not reach
 * it, and answers when it takes connections. It outlives this process unless stopped; the next start on
 * the folder then stops it first.
 *
 * @throws LocalServiceError when the port is taken, the folder is in use by a live process, cannot be written
 *   or is broken, or there is no Postgres for this platform.
 */
export async function startPostgres({
  dataDir,
  port,
  log = () => {},
  settings = {},
}: PostgresOptions): Promise<LocalPostgres> {
  const wanted = path.resolve(dataDir);
  const runAs = await serverUser(postgresPaths(wanted).cluster);
  const binaries = await postgresBinaries(runAs);
  const folder = await serverFolder(wanted, runAs);
  const lock = lockFolder(folder, 'Postgres');
  const server = { folder, binaries, runAs };
  try {
    await Promise.all(lock.files.map((file) => giveTo(runAs, file)));
    await stopOrphan(server, log);
    const password = await ensureCluster(server);
    const listening = await launch(server, port, settings);
    return {
      ...listening,
      url: `postgres://postgres:${password}@127.0.0.1:${listening.port}/postgres`,
      dataDir: folder,
      logFile: postgresPaths(folder).log,
      stop: async () => {
        await stopServer(server);
        lock.release();
      },
      kill: async () => {
        signal(listening.pid, 'SIGKILL');
        await eventually(async () => !(await ownPid(server)), { timeoutMs: 10_000 });
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Starts the server; a port that we picked ourselves and somebody took meanwhile is picked again. */
async function launch(
  server: Server,
  fixedPort: number | undefined,
  settings: Record<string, string>,
): Promise<{ port: number; pid: number }> {
  const { log, previousLog } = postgresPaths(server.folder);
  for (let attempt = 1; ; attempt += 1) {
    if (fixedPort !== undefined) await assertPortFree(fixedPort, 'Postgres');
    const port = fixedPort ?? (await freePort());
    await writeSettings(server, {
      ...settings,
      listen_addresses: '127.0.0.1',
      port: String(port),
      unix_socket_directories: '',
    });
    await rename(log, previousLog).catch(() => undefined);
    const started = await pgCtl(server, ['start', '-w', '-t', '60', '-l', log]);
    const pid = await ownPid(server);
    if (started.ok && pid !== undefined) return { port, pid };

    const cause = tailOfFile(log);
    // Both pass: the port is picked again, and the children of a killed Postgres end by themselves.
    const passing = /Address already in use|pre-existing shared memory block/.test(cause);
    if (!passing || attempt === 5) throw brokenFolder(server.folder, cause || tail(started.output));
  }
}

/** We hold the folder, so a Postgres that still runs on it lost its starter: end it before a new one. */
async function stopOrphan(server: Server, log: (message: string) => void): Promise<void> {
  const { cluster } = postgresPaths(server.folder);
  const recorded = await recordedPid(cluster);
  if (recorded === undefined) return;
  if ((await ownPid(server)) === undefined) {
    // Someone else has that pid now. Postgres would wait for him, so the record must go; where nobody
    // has it, it must stay, for Postgres finds the killed one's children by it.
    if ((await commandOf(recorded)) !== undefined) await rm(path.join(cluster, 'postmaster.pid'));
    return;
  }
  log(`Stopping the Postgres (process ${recorded}) that an earlier run left on ${server.folder}`);
  await stopServer(server);
}

async function stopServer(server: Server): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if ((await ownPid(server)) === undefined) return;
    const { ok } = await pgCtl(server, ['stop', '-w', '-t', '20', '-m', mode]);
    if (ok) return;
  }
  const pid = await ownPid(server);
  if (pid === undefined) return;
  throw new LocalServiceError(
    `Postgres (process ${pid}) on ${server.folder} does not stop. End that process, then try again.`,
  );
}

function pgCtl({ folder, binaries, runAs }: Server, args: string[]) {
  return run(binaries.pgCtl, [...args, '-s', '-D', postgresPaths(folder).cluster], runAs);
}

/** The pid of the Postgres that runs on the folder, undefined when none does. */
async function ownPid({ folder }: Server): Promise<number | undefined> {
  const { cluster } = postgresPaths(folder);
  const pid = await recordedPid(cluster);
  if (pid === undefined) return undefined;
  const command = await commandOf(pid);
  // Windows tells us no command line; there pg_ctl speaks to Postgres alone, so asking it is harmless.
  if (process.platform === 'win32') return pid;
  return command?.includes('postgres') && command.includes(cluster) ? pid : undefined;
}

async function recordedPid(cluster: string): Promise<number | undefined> {
  const text = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? undefined : pid;
}
