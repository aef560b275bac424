const protocols = ['http/protobuf', 'http/json'] as const;

/** Whether to continue a client's trace, including its sampling decision. */
const TRUST = 'TRUST_TRACE_HEADERS';

/** The tracing configuration of the environment. */
export type TracingConfig =
  | { state: 'off' }
  | { state: 'on'; serviceName: string; protocol: OtlpProtocol; trustsCallers: boolean }
  | { state: 'invalid'; problem: string };

/** The encodings of OTLP over HTTP. */
export type OtlpProtocol = (typeof protocols)[number];

type Environment = Readonly<Record<string, string | undefined>>;

// The variable for traces takes precedence over the general one (OTLP exporter specification).
const endpointNames = [
  'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
] as const;
const protocolNames = [
  'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
  'OTEL_EXPORTER_OTLP_PROTOCOL',
] as const;

/**
 * Reads the tracing configuration. Except for `TRUST_TRACE_HEADERS`, names and precedence are OpenTelemetry's;
 * the SDK reads its other variables (sampler, batch sizes, headers). A problem names the variable, never its
 * value: an endpoint may contain a password.
 *
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function readTracingConfig(environment: Environment): TracingConfig {
  const endpoints = endpointNames.filter((name) => given(environment, name) !== undefined);
  const disabled = given(environment, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true';
  if (disabled || endpoints.length === 0) return { state: 'off' };

  const invalidEndpoint = endpoints.find((name) => !isHttpUrl(given(environment, name)));
  if (invalidEndpoint !== undefined) {
    return {
      state: 'invalid',
      problem: `${invalidEndpoint}: must be a URL that begins with http:// or https://`,
    };
  }
  const protocolName = protocolNames.find((name) => given(environment, name) !== undefined);
  const wanted = protocolName === undefined ? protocols[0] : given(environment, protocolName);
  const protocol = protocols.find((known) => known === wanted);
  if (protocol === undefined) {
    return { state: 'invalid', problem: `${protocolName}: must be one of ${protocols.join(', ')}` };
  }
  const trust = given(environment, TRUST) ?? 'false';
  if (!['true', 'false'].includes(trust)) {
    return { state: 'invalid', problem: `${TRUST}: must be true or false` };
  }
  const serviceName = given(environment, 'OTEL_SERVICE_NAME') ?? 'relay';
  return { state: 'on', serviceName, protocol, trustsCallers: trust === 'true' };
}

/** A variable's value. An empty one counts as unset, as in the specification. */
function given(environment: Environment, name: string): string | undefined {
  return environment[name]?.trim() || undefined;
}

function isHttpUrl(text = ''): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}
