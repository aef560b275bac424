import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

import type { ConnectionTracker } from '../http/connection-tracker.ts';
import { createHttpServer } from '../http/http-server.ts';
import type { RequestObserver } from '../metrics/http.ts';
import { settlesWithin } from '../process/deadline.ts';
import { exitWhenLogged, LOG_FLUSH_MS } from '../process/exit-when-logged.ts';
import { OperatorError } from '../process/operator-error.ts';

/** A listener, which is drained before its dependencies are closed. */
export interface Listener {
  /** The environment variable of the port, for the error message. */
  variable: string;
  handle: RequestListener;
  host: string;
  port: number;
  /** Counts requests that are rejected before `handle` receives them. */
  observer?: RequestObserver;
}

interface LifecycleOptions {
  log: Logger;
  /** Drained in this order: the public listener first. */
  listeners: readonly Listener[];
  /** Called at the start of the shutdown. From then on `/readyz` must fail. */
  onDraining: () => void;
  /** Called in sequence after the last request: to close Redis, Postgres, the tracer. */
  closeInOrder: readonly (() => Promise<unknown>)[];
  /** The deadline of the whole shutdown, parts of which are reserved for `closeInOrder` and for the log. */
  deadlineMs: number;
}

/** A running process. */
export interface Running {
  /** The ports in use, in the order of the listeners. */
  ports: number[];
  /** Shuts down. Resolves with false if the deadline passed before everything was closed. */
  stop(reason: string): Promise<boolean>;
  log: Logger;
}

/** The part of the deadline that is reserved for `closeInOrder`: Postgres may take seconds to close. */
const CLOSING_MS = 5000;

/** A port that cannot be listened on. */
export class ListenError extends OperatorError {
  override readonly name = 'ListenError';
}

/**
 * Starts the listeners. On `stop`, fails the readiness probe, drains the listeners, then closes the
 * dependencies.
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
      await closeOne().catch((err: unknown) => log.warn({ err }, 'Could not close a dependency'));
    }
  };

  async function shutDown(): Promise<boolean> {
    onDraining();
    const endsAt = performance.now() + deadlineMs - Math.min(LOG_FLUSH_MS, deadlineMs / 10);
    const drained = await settlesWithin(deadlineMs - Math.min(CLOSING_MS, deadlineMs / 2), drain());
    if (!drained) {
      log.error({ deadlineMs }, 'Drain deadline passed, closing the remaining connections');
      for (const server of servers) server.closeAll();
    }
    // Also after a failed drain: close the dependencies in any case.
    const closed = await settlesWithin(endsAt - performance.now(), close());
    if (!closed)
      log.error({ deadlineMs }, 'Shutdown deadline passed before all dependencies were closed');
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
 * Shuts down at the first SIGTERM or SIGINT, then exits with 0, or with 1 if the deadline passed. A signal
 * during the start takes effect after the start. Kills the process if nothing reads its log.
 */
export function stopOnSignals(running: Running | Promise<Running>): void {
  const stop = async (signal: string) => {
    const { stop: shutDown, log } = await running;
    await exitWhenLogged(log, (await shutDown(signal)) ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // If the start failed, `run` has reported the error and exits.
    process.on(signal, () => void stop(signal).catch(() => undefined));
  }
}

interface DrainableServer extends ConnectionTracker {
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
      throw new ListenError(`HOST: ${host} is not an address of this machine (${code})`, { cause });
    }
    const reason = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on (${code})`;
    throw new ListenError(`${variable}: port ${port} ${reason}`, { cause });
  }
  return { ...connections, port: (server.address() as AddressInfo).port };
}
