import type { RequestListener } from 'node:http';

import type { Logger } from 'pino';

import type { Metrics } from '../metrics/metrics.ts';
import type { DatabaseHealth } from '../postgres/check.ts';
import { exitWith } from '../process/exit.ts';
import { createAdminApp } from './admin.ts';
import type { HealthDetails } from './health.ts';
import { start, stopOnSignals, type Running } from './lifecycle.ts';
import { watchReadiness, type Readiness } from './readiness.ts';

/** A service, to be served alone or with others in one process. */
export interface Service {
  /** Handles public requests. */
  handle: RequestListener;
  health(): Promise<HealthDetails>;
  /** Whether Postgres accepts writes and has all migrations of this version. Never throws. */
  checkDatabase(): Promise<DatabaseHealth>;
  /** Called in sequence after the last request. */
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
  /** Handles the public port: the handler of one service, or a dispatcher to several. */
  handle: RequestListener;
  health: () => Promise<Pick<HealthDetails, 'status'>>;
  /** Called after the `closeInOrder` of the services: for shared dependencies, the tracer last. */
  closeLast: readonly (() => Promise<unknown>)[];
}

/** A running process with its readiness. */
export interface Serving extends Running {
  /** Resolves when every service has reached its Postgres, or the shutdown has begun. */
  ready: Promise<void>;
}

/**
 * Serves one or more services on a public and an admin port. Ready once each service has reached its
 * Postgres; a later outage does not change that, because cached reads continue.
 *
 * @throws ListenError
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { settings, log, metrics, services, handle, health } = options;
  const draining = new AbortController();
  let readiness: Readiness | undefined;
  const notReady = () => readiness?.reasons() ?? ['the process is starting'];
  metrics.readiness.watch(() => notReady().length === 0);
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

  readiness = watchReadiness({
    checks: services.map((service) => service.checkDatabase),
    log,
    draining: draining.signal,
  });
  return { ...running, ready: readiness.ready };
}

/**
 * Runs the main function of a process: serves until a signal. If the start fails, prints the error on stderr
 * and exits with code 1.
 */
export async function run(main: () => Promise<Running>): Promise<void> {
  const starting = main();
  stopOnSignals(starting);
  await starting.catch((error: unknown) => exitWith(error));
}
