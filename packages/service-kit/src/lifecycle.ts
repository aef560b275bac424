import { once } from 'node:events';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Logger } from 'pino';

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
  /** After this long whatever is left is cut. */
  deadlineMs: number;
}

/** A running process. */
export interface Running {
  /** The ports that were taken, in the order of the listeners. */
  ports: number[];
  /** Ends everything in request order. Resolves with false if the deadline came first. */
  stop(reason: string): Promise<boolean>;
}

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

  async function shutDown(): Promise<void> {
    onDraining();
    for (const server of servers) await server.drain();
    for (const close of closeInOrder) {
      await close().catch((err: unknown) => log.warn({ err }, 'Could not close cleanly'));
    }
  }

  let stopping: Promise<boolean> | undefined;
  return {
    ports: servers.map((server) => server.port),
    stop(reason) {
      stopping ??= (async () => {
        log.info({ reason }, 'Shutting down');
        const inTime = await within(deadlineMs, shutDown());
        if (inTime) log.info('Shut down');
        else log.error({ deadlineMs }, 'Shutdown deadline passed: cutting what is left');
        return inTime;
      })();
      return stopping;
    },
  };
}

/**
 * Stops at the first SIGTERM or SIGINT and then ends the process: 0, or 1 past the deadline. Listens
 * for them at once: a process that is told to stop while it starts does so when it has started.
 */
export function stopOnSignals(running: Running | Promise<Running>): void {
  const stop = async (signal: string) => {
    const inTime = await (await running).stop(signal);
    process.exit(inTime ? 0 : 1);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    // One that could not start ends by itself, and says why.
    process.on(signal, () => void stop(signal).catch(() => undefined));
  }
}

interface DrainableServer {
  port: number;
  /** No new connection, idle ones closed, the others when their request has been answered. */
  drain(): Promise<void>;
}

async function listen({ variable, handle, host, port }: Listener): Promise<DrainableServer> {
  const server = createServer();
  // A keep-alive connection outlives an ingress' idle one (60 s): the ingress closes first.
  server.keepAliveTimeout = 65_000;
  server.headersTimeout = 10_000;
  server.requestTimeout = 30_000;
  const unanswered = trackUnanswered(server);
  server.on('request', handle);
  try {
    server.listen(port, host);
    await once(server, 'listening');
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
    const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be listened on (${code})`;
    throw new ListenError(`${variable}: port ${port} ${why}`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    drain: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const response of unanswered) sayClose(response);
      }),
  };
}

/**
 * Keeps the answers that are under way. Node closes the connections that are idle when a server
 * closes, but lets one that becomes idle later stay for its whole keep-alive time.
 */
function trackUnanswered(server: Server): ReadonlySet<ServerResponse> {
  const unanswered = new Set<ServerResponse>();
  server.on('request', ({ socket }, response) => {
    unanswered.add(response);
    if (!server.listening) sayClose(response);
    response.once('close', () => {
      unanswered.delete(response);
      if (server.listening) return;
      const isBusy = [...unanswered].some((other) => other.req.socket === socket);
      if (!isBusy) socket.end();
    });
  });
  return unanswered;
}

function sayClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
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
