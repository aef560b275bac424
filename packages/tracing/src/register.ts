/**
 * Traces a Relay process: `node --import @relay/tracing services/post/src/main.ts`.
 *
 * Off, and then free of cost, unless an OTLP endpoint is set. A preload, because a library can only
 * be instrumented before the program imports it. It installs no signal handler: the program calls
 * `shutdownTracing` from `@relay/tracing/api` last in its own shutdown.
 *
 * @example
 * OTEL_EXPORTER_OTLP_ENDPOINT=http://collector:4318 OTEL_SERVICE_NAME=relay-post \
 *   node --import @relay/tracing services/post/src/main.ts
 */
import { isMainThread } from 'node:worker_threads';

import { readTracingConfig } from './config.ts';

// oxlint-disable-next-line no-process-env -- a preload runs before the program's main.ts
const config = readTracingConfig(process.env);

if (config.state === 'invalid') {
  process.stderr.write(`Tracing is not configured correctly.\n${config.problem}\n`);
  process.exit(1);
}

// Worker threads run the preload too; none of ours has anything to trace. Dynamic: a process that
// does not trace must not pay for loading the SDK.
if (config.state === 'on' && isMainThread) {
  const { startTracing } = await import('./sdk.ts');
  startTracing(config);
}
