import { describe, expect, it } from 'vitest';

import { refusalOf, valuesWith } from './refusals.ts';

describe('an address that no client could use is refused, and named', () => {
  it.each<[string, unknown]>([
    ['externalRedis.host', 'redis.example.com:6380'],
    ['externalPostgres.host', '10.0.0.1:5432'],
    ['externalPostgres.host', '[postgres.example.com]'],
    ['externalPostgres.exporter.host', 'postgres://primary.example.com'],
    ['externalPostgres.exporter.host', 'primary.example.com:5432'],
    ['externalPostgres.parameters', 'sslmode=verify-full#a'],
    ['externalPostgres.exporter.parameters', 'sslmode=require\n'],
    ['tracing.endpoint', 'http://collector of traces:4318'],
    ['tracing.endpoint', 'http://collector:431800'],
    ['tracing.endpoint', 'http://collector:4318/%zz'],
    ['ingress.host', 'https://relay.example.com'],
    ['ingress.host', 'relay.example.com:8443'],
    ['ingress.hosts', ['Relay_1.example.com']],
    ['ingress.hosts', ['']],
    ['httpRoute.hostnames', ['relay.example.com/api']],
    ['corsOrigins', ['https://a.example,https:b.example']],
    ['auth.image.repository', 'registry.example.com/relay-auth:v1'],
    ['post.image.repository', 'https://registry.example.com/relay-post'],
    ['redis.image.repository', 'redis@sha256:0123'],
    ['postgres.exporter.image.repository', 'quay.io/'],
    ['global.imageRegistry', 'https://mirror.example.com'],
    ['prometheusRule.runbookUrl', 'https://runbooks.example.com/"quoted"'],
    ['grafanaDashboards.url', 'https://grafana.example.com/a b'],
  ])('%s: %j', async (name, value) => {
    const refusal = await refusalOf(valuesWith(name, value));
    expect(refusal).toContain(`at '/${name.replaceAll('.', '/')}`);
  });
});

describe('an address of another form is taken', () => {
  it.each<[string, unknown]>([
    ['externalRedis.host', '2001:db8::1'],
    ['externalRedis.host', '[::ffff:192.0.2.1]'],
    ['externalPostgres.host', 'relay_db.internal.'],
    ['externalPostgres.host', '$(PGHOST)'],
    ['tracing.endpoint', 'http://[2001:db8::1]:4318/otlp'],
    ['tracing.endpoint', 'http://$(HOST_IP):4318'],
    ['tracing.endpoint', 'https://user:pass@collector.example.com/a%20b?tenant=1'],
    ['ingress.hosts', ['*.example.com', 'xn--bcher-kva.example']],
    ['auth.image.repository', 'localhost:5000/team/relay-auth'],
    ['global.imageRegistry', 'mirror.example.com:5000/hub/'],
    ['grafanaDashboards.url', 'http://localhost:3000'],
  ])('%s: %j', async (name, value) => {
    expect(await refusalOf(valuesWith(name, value))).toBe('none');
  });
});
