import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

import { diag, DiagLogLevel } from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  envDetector,
  hostDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { register } from 'import-in-the-middle/register-hooks.mjs';

import type { OtlpProtocol } from './config.ts';
import { createDiagnostics, type Diagnostics } from './diagnostics.ts';
import { injectOnly } from './inject-only.ts';
import { createInstrumentations, instrumentedModules } from './instrumentations.ts';
import { redactErrors } from './redact-errors.ts';
import { tracingStarted } from './state.ts';

const shutdownDeadlineMs = 2_000;

interface TracingOptions {
  serviceName: string;
  protocol: OtlpProtocol;
  trustsCallers: boolean;
}

/** Starts recording and exporting spans. Call it before the program imports the instrumented libraries. */
export function startTracing(options: TracingOptions): void {
  const { serviceName, protocol, trustsCallers } = options;
  const diagnostics = createDiagnostics({
    service: serviceName,
    write: (line) => process.stderr.write(line),
    now: () => Date.now(),
  });

  // If OTEL_LOG_LEVEL is set, the SDK replaces this by its console logger.
  diag.setLogger(diagnostics, { logLevel: DiagLogLevel.WARN });
  setGlobalErrorHandler((failure) => diagnostics.exportFailed(failure));

  // Intercepts instrumented modules only; others load as without tracing.
  register({ include: instrumentedModules });
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const sdk = new NodeSDK({
    traceExporter: redactErrors(exporter),
    instrumentations: createInstrumentations(),
    // If undefined, the SDK reads OTEL_PROPAGATORS.
    ...(!trustsCallers && { textMapPropagator: injectOnly(new W3CTraceContextPropagator()) }),
    // envDetector adds OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, which take precedence.
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': programVersion(),
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
      }),
    ),
    // Without processDetector, which would export the command line and the user's name.
    resourceDetectors: [serviceInstanceIdDetector, hostDetector, envDetector],
    // Explicitly empty, or the SDK exports metrics and logs by OTLP too.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();

  let stopped: Promise<void> | undefined;
  tracingStarted(() => (stopped ??= stop(sdk, diagnostics)));
}

async function stop(sdk: NodeSDK, diagnostics: Diagnostics): Promise<void> {
  try {
    const timeout = wait(shutdownDeadlineMs, 'timeout', { ref: false });
    const result = await Promise.race([sdk.shutdown(), timeout]);
    if (result === 'timeout')
      diagnostics.warn('The collector did not accept the last spans in time');
  } catch (error) {
    diagnostics.exportFailed(error);
  }
}

/** The version in the program's package.json. */
function programVersion(): string | undefined {
  const program = process.argv[1];
  if (program === undefined) return undefined;
  const file = findPackageJSON(pathToFileURL(program));
  if (file === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: string };
  return version;
}
