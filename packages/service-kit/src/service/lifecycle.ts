import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

import type { Connections } from '../http/draining.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { RequestObserver } from '../metrics/http.ts';
import { exitWhenLogged, LOG_FLUSH_MS } from './exit-when-logged.ts';
import { within } from './within.ts';

/** Something that listens and is drained before anything it needs is closed. */
export interface Listener {
  /** The environment variable that sets the port, for the error of a port that is taken. */
  variable: string;
  handle: RequestListener;
  host: string;
  port: number;
  /** Counts what is refused before `handle` sees it. */
  observer?: RequestObserver;
}

interface LifecycleOptions {
  log: Logger;
  /** The public listener first: they are drained in this order. */
  listeners: readonly Listener[];
  /** Called when the shutdown begins: from now on `/readyz` must fail. */
  onDraining: () => void;
  /** Closed one after the other, once no request is left: Redis, Postgres, the tracer. */
  closeInOrder: readonly (() => Promise<unknown>)[];
  /** After this long whatever is left is cut. Some of it is kept for `closeInOrder`, and for the log. */
  deadlineMs: number;
}

/** A running process. */
export interface Running {
  /** The ports that were taken, in the order of the listeners. */
  ports: number[];
  /** Ends everything in request order. Resolves with false if something had to be cut. */
  stop(reason: string): Promise<boolean>;
  /** What it logs to. */
  log: Logger;
}

/** How much of the deadline draining leaves for the closers: Postgres may need seconds to stop. */
const CLOSING_MS = 5000;

/** A port that could not be taken. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/**
 * Starts the listeners, and ends them in request order: not ready, drain HTTP, then what the
 * requests needed.
 *
 * @throws ListenError that names the port and its variable
 */
export async function start(options: LifecycleOptions): Promise<Running> {
  const { log, listeners, onDraining, closeInOrder, deadlineMs } = options;
  const servers: DrainableServer[] = [];
  try {
    for (const listener of listeners) servers.push(await listen(listener, log));
  } catch (error) {
    await Promise.all(servers.map((server) => server.drain()));
    throw error;
  }

  const drain = async () => {
    for (const server of servers) await server.drain();
  };
  const close = async () => {
    for (const closeOne of closeInOrder) {
      await closeOne().catch((err: unknown) => log.warn({ err }, 'Could not close cleanly'));
    }
  };

  /** Whether nothing had to be cut. */
  async function shutDown(): Promise<boolean> {
    onDraining();
    const endsAt = performance.now() + deadlineMs - Math.min(LOG_FLUSH_MS, deadlineMs / 10);
    const drained = await within(deadlineMs - Math.min(CLOSING_MS, deadlineMs / 2), drain());
    if (!drained) {
      log.error({ deadlineMs }, 'Requests were not answered in time: cutting them');
      for (const server of servers) server.cut();
    }
    // A request that hangs must not leave behind what this process has started.
    const closed = await within(endsAt - performance.now(), close());
    if (!closed) log.error({ deadlineMs }, 'Shutdown deadline passed: cutting what is left');
    return drained && closed;
  }

  let stopping: Promise<boolean> | undefined;
  return {
    ports: servers.map((server) => server.port),
    log,
    stop(reason) {
      stopping ??= (async () => {
        log.info({ reason }, 'Shutting down');
        const complete = await shutDown();
        if (complete) log.info('Shut down');
        return complete;
      })();
      return stopping;
    },
  };
}

/**
 * Stops at the first SIGTERM or SIGINT and then ends the process: 0, or 1 if something was cut. The
 * process is killed if its log is not read.
 * Listens for them at once: a process that is told to stop while it starts does so when it has
 * started.
 */
export function stopOnSignals(running: Running | Promise<Running>): void {
  const stop = async (signal: string) => {
    const { stop: shutDown, log } = await running;
    await exitWhenLogged(log, (await shutDown(signal)) ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // One that could not start ends by itself, and says why.
    process.on(signal, () => void stop(signal).catch(() => undefined));
  }
}

interface DrainableServer extends Connections {
  port: number;
}

async function listen(listener: Listener, log: Logger): Promise<DrainableServer> {
  const { variable, host, port } = listener;
  const { server, connections } = createHttpServer({ ...listener, log });
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL') {
      throw new ListenError(`HOST: ${host} is no address of this machine (${code})`, { cause });
    }
    const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on (${code})`;
    throw new ListenError(`${variable}: port ${port} ${why}`, { cause });
  }
  return { ...connections, port: (server.address() as AddressInfo).port };
}
