import type { RequestListener } from 'node:http';

import type { Logger } from 'pino';

import { createAdminApp } from '../http/admin.ts';
import type { HealthDetails } from '../http/health.ts';
import { followReadiness, type Readiness } from '../http/readiness.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { DatabaseHealth } from '../postgres/check.ts';
import { exitWith } from './exit.ts';
import { start, stopOnSignals, type Running } from './lifecycle.ts';

/** One service, ready to be served alone or beside others in one process. */
export interface Service {
  /** Answers public requests. */
  handle: RequestListener;
  health(): Promise<HealthDetails>;
  /** Whether Postgres answers, takes writes and holds the schema this version needs. Never throws. */
  checkDatabase(): Promise<DatabaseHealth>;
  /** What is closed after the last request, in order. */
  closeInOrder: readonly (() => Promise<unknown>)[];
}

export interface ServeSettings {
  HOST: string;
  PORT: number;
  ADMIN_PORT: number;
  SHUTDOWN_DEADLINE_MS: number;
}

interface ServeOptions {
  settings: ServeSettings;
  log: Logger;
  metrics: Pick<Metrics, 'registry' | 'readiness' | 'requests'>;
  services: readonly Service[];
  /** Answers the public port: one service, or what chooses between several. */
  handle: RequestListener;
  health: () => Promise<HealthDetails>;
  /** Closed after the services: what they share, the tracer last. */
  closeLast: readonly (() => Promise<unknown>)[];
}

/** A process that listens. */
export interface Serving extends Running {
  /** Settles when every service has reached its Postgres, or the shutdown has begun. */
  ready: Promise<void>;
}

/**
 * Serves one or more services on a public and an admin port until it is stopped. Ready once each
 * has reached its Postgres for the first time; a later loss of Postgres does not change that,
 * because cached reads still answer.
 *
 * @throws ListenError
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { settings, log, metrics, services, handle, health } = options;
  const draining = new AbortController();
  let readiness: Readiness | undefined;
  const notReady = () => readiness?.reasons() ?? ['the process is starting'];
  metrics.readiness.follow(() => notReady().length === 0);
  const admin = createAdminApp({ log, registry: metrics.registry, health, notReady });

  const running = await start({
    log,
    listeners: [
      {
        variable: 'PORT',
        handle,
        host: settings.HOST,
        port: settings.PORT,
        observer: metrics.requests,
      },
      {
        variable: 'ADMIN_PORT',
        handle: admin.callback(),
        host: settings.HOST,
        port: settings.ADMIN_PORT,
      },
    ],
    onDraining: () => draining.abort(),
    closeInOrder: [...services.flatMap((service) => service.closeInOrder), ...options.closeLast],
    deadlineMs: settings.SHUTDOWN_DEADLINE_MS,
  });
  log.info({ port: running.ports[0], adminPort: running.ports[1] }, 'Listening');

  readiness = followReadiness({
    checks: services.map((service) => service.checkDatabase),
    log,
    draining: draining.signal,
  });
  return { ...running, ready: readiness.ready };
}

/**
 * Runs a process' main function: serves until a signal, or ends at once with exit code 1 and a
 * message on stderr when it cannot start.
 */
export async function run(main: () => Promise<Running>): Promise<void> {
  const starting = main();
  stopOnSignals(starting);
  await starting.catch((error: unknown) => exitWith(error));
}
