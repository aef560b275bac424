import { mkdir, realpath, rm } from 'node:fs/promises';
import path from 'node:path';

import { findProgram } from './environment.ts';
import { DevServerError, reasonOf } from './errors.ts';
import { lockFolder } from './folder-lock.ts';
import { assertPortFree, freePort } from './ports.ts';
import { tailOfFile } from './processes.ts';
import {
  becomesReady,
  endChild,
  endOrphan,
  hasEnded,
  redisPaths,
  spawnRedis,
  type RedisProcess,
} from './redis-process.ts';
import type { TlsFiles } from './tls.ts';

export type RedisOptions = {
  /** A redis-server or valkey-server, as `findRedisServer` answers it. */
  binary: string;
  /** Holds log, pid file and, with `appendonly`, the data. Made when missing. */
  dir: string;
  /** On 127.0.0.1; a free one when left out. */
  port?: number;
  /** Taken if it is free once an earlier Redis of the folder has ended, else any other. */
  preferredPort?: number;
  /**
   * Keep data over a restart: an append-only file, synced every second. Without it Redis starts empty,
   * and the data of an earlier start is deleted.
   */
  appendonly?: boolean;
  /** More of redis-server's command line: `['--maxmemory', '64mb']`. */
  extraArgs?: string[];
  /** Serve TLS too, on a port of its own. Clients need no certificate. */
  tls?: TlsFiles;
  /** Receives a message for each orphan that is stopped. */
  log?: (message: string) => void;
};

/** A running Redis on 127.0.0.1. */
export type LocalRedis = {
  url: string;
  port: number;
  /** Where TLS is served, if the options have `tls`. */
  tlsPort?: number;
  pid: number;
  /** Resolves when its process has ended, for any reason. */
  whenEnded(): Promise<void>;
  /** An orderly end (the append-only file is synced). Can be called again, and while paused. */
  stop(): Promise<void>;
  /** SIGSTOP: connections stay open and nothing answers, as when the network swallows packets. */
  pause(): void;
  /** SIGCONT: the end of `pause`. */
  resume(): void;
  /** SIGKILL, as in a crash. Start again with the same folder for a restart. */
  kill(): Promise<void>;
};

/** The first redis-server or valkey-server of the PATH. */
export async function findRedisServer(): Promise<string | undefined> {
  return (await findProgram('redis-server')) ?? findProgram('valkey-server');
}

/**
 * Starts a Redis in a process group of its own, so that Ctrl-C in a terminal does not reach it, and answers
 * when it replies to PING. It outlives this process unless stopped; the next start on the folder then ends it.
 *
 * @throws DevServerError when the port is taken, the folder is in use, or Redis ends; with its last words.
 */
export async function startRedis(options: RedisOptions): Promise<LocalRedis> {
  const dir = await makeFolder(options.dir);
  const lock = lockFolder(dir, 'Redis');
  try {
    await endOrphan(dir, options.log ?? (() => {}));
    if (!options.appendonly) await deleteData(dir);
    const { redis, port, tlsPort } = await launch({ ...options, dir });
    // A Redis that ended, for any reason, leaves the folder to the next start.
    const ended = new Promise<void>((resolve) => {
      if (hasEnded(redis.child)) resolve();
      redis.child.once('exit', () => resolve());
    }).then(lock.release);
    return {
      ...handle(redis, port),
      whenEnded: () => ended,
      ...(tlsPort !== undefined && { tlsPort }),
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

type Launched = { redis: RedisProcess; port: number; tlsPort: number | undefined };

/** Starts the server. Picks another port if the first one was taken meanwhile and was not given. */
async function launch(options: RedisOptions): Promise<Launched> {
  const { tls, extraArgs = [] } = options;
  for (let attempt = 1; ; attempt += 1) {
    if (options.port !== undefined) await assertPortFree(options.port, 'Redis');
    const port = options.port ?? (await freePort(options.preferredPort));
    // Close to the other port: where a cluster's node has room for its bus, this one has too.
    const tlsPort = tls && (await freePort(port + 1));
    const tlsArgs = tls ? ['--tls-port', String(tlsPort), ...argsOf(tls)] : [];
    const redis = await spawnRedis({ ...options, port, extraArgs: [...tlsArgs, ...extraArgs] });
    if (await becomesReady(redis, port)) return { redis, port, tlsPort };

    await endChild(redis, 'SIGKILL');
    const cause = tailOfFile(redisPaths(options.dir).log);
    if (!cause.includes('Address already in use') || attempt === 5) {
      throw new DevServerError(
        `Redis cannot start on ${options.dir}:\n${cause}\nDelete the folder to start afresh.`,
      );
    }
  }
}

function argsOf({ certFile, keyFile, caFile }: TlsFiles): string[] {
  const files = ['--tls-cert-file', certFile, '--tls-key-file', keyFile];
  return [...files, '--tls-ca-cert-file', caFile, '--tls-auth-clients', 'no'];
}

function handle(redis: RedisProcess, port: number): Omit<LocalRedis, 'whenEnded'> {
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    pid: redis.pid,
    stop: () => endChild(redis, 'SIGTERM'),
    pause: () => void redis.child.kill('SIGSTOP'),
    resume: () => void redis.child.kill('SIGCONT'),
    kill: () => endChild(redis, 'SIGKILL'),
  };
}

/** Deletes the data of an earlier start. Redis reads a dump whenever there is one. */
async function deleteData(dir: string): Promise<void> {
  for (const name of ['appendonlydir', 'dump.rdb']) {
    await rm(path.join(dir, name), { recursive: true, force: true });
  }
}

async function makeFolder(wanted: string): Promise<string> {
  try {
    await mkdir(wanted, { recursive: true });
    return await realpath(wanted);
  } catch (error) {
    throw new DevServerError(
      `Redis cannot use the folder ${wanted}: ${reasonOf(error)}. Make it writable, or choose another.`,
      { cause: error },
    );
  }
}
