import { readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
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
import { createInstrumentations, instrumentedModules } from './instrumentations.ts';
import { sendOnly } from './send-only.ts';
import { tracingStarted } from './state.ts';
import { within } from './within.ts';
import { withoutErrorTexts } from './without-error-texts.ts';

const shutdownDeadlineMs = 2_000;

interface TracingOptions {
  serviceName: string;
  protocol: OtlpProtocol;
  trustsCallers: boolean;
}

/** Starts recording and exporting spans. Before the program imports what is to be traced. */
export function startTracing(options: TracingOptions): void {
  const { serviceName, protocol, trustsCallers } = options;
  const diagnostics = createDiagnostics({
    service: serviceName,
    write: (line) => process.stderr.write(line),
    now: () => Date.now(),
  });

  // OTEL_LOG_LEVEL makes the SDK put a logger of its own, to the console, in its place.
  diag.setLogger(diagnostics, { logLevel: DiagLogLevel.WARN });
  setGlobalErrorHandler((failure) => diagnostics.exportFailed(failure));

  // Only what we patch is intercepted: everything else loads as it does without tracing.
  register({ include: instrumentedModules });
  const exporter = protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const sdk = new NodeSDK({
    traceExporter: withoutErrorTexts(exporter),
    instrumentations: createInstrumentations(),
    // Unset, OTEL_PROPAGATORS decides.
    ...(!trustsCallers && { textMapPropagator: sendOnly(new W3CTraceContextPropagator()) }),
    // The environment wins: OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come in by envDetector.
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.name': serviceName,
        'service.version': programVersion(),
        'process.pid': process.pid,
        'process.runtime.name': 'nodejs',
        'process.runtime.version': process.versions.node,
      }),
    ),
    // Without processDetector: it would send the command line and the user's name.
    resourceDetectors: [serviceInstanceIdDetector, hostDetector, envDetector],
    // Traces only: Prometheus scrapes the metrics, and the logs go to stdout. Unset means OTLP.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();

  let stopped: Promise<void> | undefined;
  tracingStarted(() => (stopped ??= stop(sdk, diagnostics)));
}

async function stop(sdk: NodeSDK, diagnostics: Diagnostics): Promise<void> {
  try {
    const inTime = await within(shutdownDeadlineMs, sdk.shutdown());
    if (!inTime) diagnostics.warn('The collector did not take the last spans in time');
  } catch (error) {
    diagnostics.exportFailed(error);
  }
}

/** The version in the package.json that the program itself belongs to. */
function programVersion(): string | undefined {
  const program = process.argv[1];
  if (program === undefined) return undefined;
  const file = findPackageJSON(pathToFileURL(program));
  if (file === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(file, 'utf8')) as { version?: string };
  return version;
}
