import { readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { DevServerError } from './errors.ts';
import { assertPortFree, freePort } from './ports.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { brokenFolder, postgresPaths, writeSettings } from './postgres-cluster.ts';
import {
  becomesTrue,
  commandOf,
  isTaken,
  isWorkedIn,
  run,
  signal,
  tail,
  tailOfFile,
  type RunAs,
} from './processes.ts';

/** A folder with a cluster, the programs for it, and their user. */
export type Server = { folder: string; binaries: PostgresBinaries; runAs: RunAs };

/** The retries of a temporary failure, a quarter of a second apart. */
const attempts = 20;

/** Starts the server and waits until it takes connections. */
export async function launchServer(
  server: Server,
  { fixedPort, settings }: { fixedPort: number | undefined; settings: Record<string, string> },
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
    const pid = await runningPid(server.folder);
    if (started.ok && pid !== undefined) return { port, pid };

    const cause = tailOfFile(log);
    // The port was taken after the check, or the children of a killed Postgres are still ending.
    const passing = /Address already in use|pre-existing shared memory block/.test(cause);
    if (!passing || attempt === attempts) {
      throw brokenFolder(server.folder, cause || tail(started.output));
    }
    await sleep(250);
  }
}

/** Ends a Postgres that a killed run left. Holds the folder's lock, so the Postgres has no owner. */
export async function stopOrphan(server: Server, log: (message: string) => void): Promise<void> {
  const noted = await notedPid(server.folder);
  if (noted === undefined) return;
  if ((await runningPid(server.folder)) !== undefined) {
    log(`Stopping the Postgres (process ${noted}) that an earlier run left on ${server.folder}`);
    return stopServer(server);
  }
  // If the pid is free, Postgres itself detects that the file is stale.
  if (!isTaken(noted)) return;
  // A zombie or another program has it, and Postgres would refuse to start for that. With the note goes
  // Postgres' own check for children of the killed one, so they are waited for here.
  const { cluster } = postgresPaths(server.folder);
  const childrenGone = async () => !(await isWorkedIn(cluster));
  if (!(await becomesTrue(childrenGone, { timeoutMs: 10_000 }))) {
    throw new DevServerError(
      `A killed Postgres' processes still use ${server.folder}. End them, then try again.`,
    );
  }
  await rm(pidFile(server.folder), { force: true });
}

/** Stops the server if it runs; its clients' sessions end at once. */
export async function stopServer(server: Server): Promise<void> {
  for (const mode of ['fast', 'immediate']) {
    if ((await runningPid(server.folder)) === undefined) return;
    const { ok } = await pgCtl(server, ['stop', '-w', '-t', '20', '-m', mode]);
    if (ok) return;
  }
  const pid = await runningPid(server.folder);
  if (pid === undefined) return;
  throw new DevServerError(
    `Postgres (process ${pid}) on ${server.folder} does not stop. End that process, then try again.`,
  );
}

/** SIGKILL to the server, if it runs. Its children notice and end. */
export async function killServer(folder: string): Promise<void> {
  const pid = await runningPid(folder);
  if (pid === undefined) return;
  signal(pid, 'SIGKILL');
  const gone = async () => (await runningPid(folder)) === undefined;
  if (await becomesTrue(gone, { timeoutMs: 10_000 })) return;
  throw new DevServerError(`Postgres (process ${pid}) on ${folder} survived SIGKILL.`);
}

function pgCtl({ folder, binaries, runAs }: Server, args: string[]) {
  return run(binaries.pgCtl, [...args, '-s', '-D', postgresPaths(folder).cluster], runAs);
}

/** The pid of the Postgres that runs on the folder, undefined without one. */
async function runningPid(folder: string): Promise<number | undefined> {
  const pid = await notedPid(folder);
  // Windows shows no command line; pg_ctl signals only Postgres there, so the call is harmless.
  if (pid === undefined || process.platform === 'win32') return pid;
  const command = await commandOf(pid);
  const isOurs = command?.includes('postgres') && command.includes(postgresPaths(folder).cluster);
  return isOurs ? pid : undefined;
}

async function notedPid(folder: string): Promise<number | undefined> {
  const text = await readFile(pidFile(folder), 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isNaN(pid) ? undefined : pid;
}

function pidFile(folder: string): string {
  return path.join(postgresPaths(folder).cluster, 'postmaster.pid');
}
