import { describe, expect, test } from 'vitest';

import { readTracingConfig } from './config.ts';

const endpoint = 'http://collector:4318';

describe('readTracingConfig', () => {
  test.each([
    {},
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SDK_DISABLED: 'True' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'nonsense', OTEL_SDK_DISABLED: 'true' },
    { OTEL_SERVICE_NAME: 'post', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
  ])('is off with %o', (environment) => {
    expect(readTracingConfig(environment)).toEqual({ state: 'off' });
  });

  test.each(['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'])(
    'is on with %s',
    (name) => {
      expect(readTracingConfig({ [name]: endpoint })).toEqual({
        state: 'on',
        serviceName: 'relay',
        protocol: 'http/protobuf',
        trustsCallers: false,
      });
    },
  );

  test("prefers the traces' own protocol", () => {
    const config = readTracingConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json',
      OTEL_SERVICE_NAME: 'post',
    });
    expect(config).toMatchObject({ state: 'on', serviceName: 'post', protocol: 'http/json' });
  });

  test.each([
    ['true', true],
    ['false', false],
    ['', false],
  ])('with TRUST_TRACE_HEADERS=%s it trusts clients: %s', (given, trustsCallers) => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, TRUST_TRACE_HEADERS: given };
    expect(readTracingConfig(environment)).toMatchObject({ state: 'on', trustsCallers });
  });

  test.each([
    ['TRUST_TRACE_HEADERS', 'yes-always'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'grpc://collector:4317'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'http/xml'],
  ])('names %s when it is wrong, not its value', (name, value) => {
    const config = readTracingConfig({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, [name]: value });
    expect(config).toEqual({ state: 'invalid', problem: expect.stringContaining(`${name}: must`) });
    expect(JSON.stringify(config)).not.toContain(value);
  });
});
