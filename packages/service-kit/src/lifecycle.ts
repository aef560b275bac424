import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

import { followConnections, type Draining } from './draining.ts';

/** Something that listens and is drained before anything it needs is closed. */
export interface Listener {
  /** The environment variable that sets the port, for whoever finds it taken. */
  variable: string;
  handle: RequestListener;
  host: string;
  port: number;
}

interface LifecycleOptions {
  log: Logger;
  /** The public listener first: they are drained in this order. */
  listeners: readonly Listener[];
  /** Called when the shutdown begins: from now on `/readyz` must fail. */
  onDraining: () => void;
  /** Closed one after the other, once no request is left: Redis, Postgres, the tracer. */
  closeInOrder: readonly (() => Promise<unknown>)[];
  /** After this long whatever is left is cut. Some of it is kept for `closeInOrder`. */
  deadlineMs: number;
}

/** A running process. */
export interface Running {
  /** The ports that were taken, in the order of the listeners. */
  ports: number[];
  /** Ends everything in request order. Resolves with false if something had to be cut. */
  stop(reason: string): Promise<boolean>;
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
    for (const listener of listeners) servers.push(await listen(listener));
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
    const endsAt = performance.now() + deadlineMs;
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
 * Stops at the first SIGTERM or SIGINT and then ends the process: 0, or 1 if something was cut.
 * Listens for them at once: a process that is told to stop while it starts does so when it has
 * started.
 */
export function stopOnSignals(running: Running | Promise<Running>): void {
  const stop = async (signal: string) => {
    const complete = await (await running).stop(signal);
    process.exit(complete ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // One that could not start ends by itself, and says why.
    process.on(signal, () => void stop(signal).catch(() => undefined));
  }
}

interface DrainableServer extends Draining {
  port: number;
}

async function listen({ variable, handle, host, port }: Listener): Promise<DrainableServer> {
  const server = createServer();
  // A keep-alive connection outlives an ingress' idle one (60 s): the ingress closes first.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  const draining = followConnections(server);
  server.on('request', handle);
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
  return { ...draining, port: (server.address() as AddressInfo).port };
}

async function within(deadlineMs: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), deadlineMs);
  });
  const inTime = await Promise.race([work.then(() => true), late]);
  clearTimeout(timer);
  return inTime;
}
