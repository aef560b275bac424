/** What the environment says about tracing. */
export type TracingConfig =
  | { state: 'off' }
  | { state: 'on'; serviceName: string }
  | { state: 'invalid'; problem: string };

type Environment = Readonly<Record<string, string | undefined>>;

// The signal's own variable before the general one, as the OTLP exporter specification orders them.
const endpointNames = [
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
] as const;
const protocolNames = [
  'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
] as const;
const protocols = ['http/protobuf', 'http/json'];

/**
 * Reads whether to trace. The names and their precedence are OpenTelemetry's own; the rest of its
 * variables (sampler, batch sizes, headers) is read by the SDK itself. A problem names the variable
 * and never its value: an endpoint may carry a password.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTracingConfig(environment: Environment): TracingConfig {
  const endpoints = endpointNames.filter((name) => given(environment, name) !== undefined);
  const disabled = given(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  if (disabled || endpoints.length === 0) return { state: 'off' };

  const problems = [
    ...endpoints
      .filter((name) => !isHttpUrl(given(environment, name)))
      .map((name) => `${name}: must be a URL that begins with http:// or https://`),
    ...protocolNames
      .filter((name) => !protocols.includes(given(environment, name) ?? 'http/protobuf'))
      .map((name) => `${name}: must be one of ${protocols.join(', ')}`),
  ];
  if (problems.length > 0) return { state: 'invalid', problem: problems.join('\n') };
  return { state: 'on', serviceName: given(environment, 'OTEL_SERVICE_NAME') ?? 'relay' };
}

/** A variable's value. The specification says that an empty one counts as not set. */
function given(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}

function isHttpUrl(text = ''): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}
