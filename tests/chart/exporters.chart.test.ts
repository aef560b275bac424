import { describe, expect, it } from 'vitest';

import { render, type Installation } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { environmentOf, ofKind, workloads } from './manifests.ts';
import { scenarios } from './scenarios.ts';

const watched = scenarios['with exporters of external stores'];
const names = (manifests: readonly Manifest[]) =>
  workloads(manifests)
    .map(({ component }) => component)
    .filter((component) => component.endsWith('-exporter'))
    .toSorted();

async function podOf(component: string, installation: Installation = watched) {
  const all = workloads(await render(installation));
  return all.find((one) => one.component === component)!.pod;
}

/** The Secret and the key in it that hold a password, by the variable's name. */
function passwordOf(pod: Awaited<ReturnType<typeof podOf>>, variable: string) {
  const found = pod.containers[0]!.env?.find(({ name }) => name === variable);
  return found?.valueFrom?.secretKeyRef;
}

describe('external stores', () => {
  it('have an exporter only if enabled', async () => {
    expect(names(await render(scenarios['with nothing bundled']))).toEqual([]);
    expect(names(await render(watched))).toEqual(['postgres-exporter', 'redis-exporter']);
  });

  it('are watched where they are, with the passwords of their Secrets', async () => {
    const redis = await podOf('redis-exporter');
    expect(environmentOf(redis.containers[0]!)).toMatchObject({
      REDIS_ADDR: 'rediss://redis.example.com:6380',
      REDIS_USER: 'exporter',
    });
    expect(passwordOf(redis, 'REDIS_PASSWORD')).toMatchObject({
      name: 'their-redis',
      key: 'exporter-password',
    });
    const postgres = await podOf('postgres-exporter');
    expect(environmentOf(postgres.containers[0]!)).toMatchObject({
      // Not the pooler at the other host: it does not report Postgres' own metrics.
      DATA_SOURCE_URI: 'primary.example.com:5432/relay?sslmode=verify-full',
      DATA_SOURCE_USER: 'exporter',
    });
  });

  it('are watched at Redis itself where the services connect through a Sentinel', async () => {
    const externalRedis = {
      ...watched.values.externalRedis,
      cluster: false,
      sentinel: { master: 'main' },
      exporter: { enabled: true, host: '2001:db8::1', port: 7000 },
    };
    const values = { ...watched.values, externalRedis };
    const { containers } = await podOf('redis-exporter', { values });
    expect(environmentOf(containers[0]!)).toMatchObject({
      REDIS_ADDR: 'rediss://[2001:db8::1]:7000',
    });
    const policy = ofKind(await render({ values }), 'NetworkPolicy').find(
      ({ metadata }) => metadata.name === 'relay-redis-exporter',
    );
    const ports = policy!.spec.egress!.flatMap(({ ports: open = [] }) => open);
    expect(ports.map(({ port }) => port)).toContain(7000);
  });

  it('are watched with the CAs that the services trust', async () => {
    const values = { ...watched.values, caBundle: { existingConfigMap: 'their-ca' } };
    const redis = await podOf('redis-exporter', { values });
    expect(environmentOf(redis.containers[0]!)).toHaveProperty(
      'REDIS_EXPORTER_TLS_CA_CERT_FILE',
      '/run/ca/ca.crt',
    );
    const postgres = await podOf('postgres-exporter', { values });
    expect(environmentOf(postgres.containers[0]!)['DATA_SOURCE_URI']).toMatch(
      /&sslrootcert=\/run\/ca\/ca\.crt$/,
    );
    for (const pod of [redis, postgres]) {
      const mounts = pod.containers[0]!.volumeMounts ?? [];
      expect(mounts).toContainEqual(expect.objectContaining({ mountPath: '/run/ca' }));
      expect(pod.volumes).toContainEqual(
        expect.objectContaining({ configMap: { name: 'their-ca' } }),
      );
    }
  });

  it('are watched with the CAs of the image if the values set it', async () => {
    const { externalPostgres, externalRedis } = watched.values;
    const exporter = { enabled: true, caBundle: false };
    const values = {
      ...watched.values,
      caBundle: { existingConfigMap: 'their-ca' },
      externalPostgres: { ...externalPostgres, exporter },
      externalRedis: { ...externalRedis, exporter },
    };
    const pods = [
      await podOf('redis-exporter', { values }),
      await podOf('postgres-exporter', { values }),
    ];
    for (const { containers, volumes = [] } of pods) {
      const variables = Object.entries(environmentOf(containers[0]!));
      expect(variables.filter((one) => one.join('=').includes('/run/ca'))).toEqual([]);
      expect(volumes.filter(({ configMap }) => configMap)).toEqual([]);
    }
  });

  it.each<[string, object, object, string]>([
    [
      'a database with everything',
      { database: 'é l;/:@&=+$,%', parameters: 'sslmode=disable' },
      {},
      `${encodeURIComponent('é l;/:@&=+$,%')}?sslmode=disable`,
    ],
    ['a database that is encoded already', { database: 'a%20b' }, {}, 'a%20b?sslmode=disable'],
    [
      'a server without verification of its certificate',
      { parameters: 'sslmode=no-verify&uselibpqcompat=true' },
      {},
      'relay?sslmode=require',
    ],
    [
      'prefer, with which the services demand TLS',
      { parameters: 'sslmode=prefer&application_name=relay' },
      {},
      'relay?sslmode=require&application_name=relay',
    ],
    [
      'no parameter that is left',
      { parameters: 'uselibpqcompat=true' },
      {},
      'relay?sslmode=disable',
    ],
    [
      'parameters of its own, as they are',
      { parameters: 'sslmode=no-verify' },
      { parameters: 'sslmode=prefer' },
      'relay?sslmode=prefer',
    ],
  ])("are reached in words of the exporter's driver: %s", async (_what, external, own, uri) => {
    const externalPostgres = {
      host: 'postgres.example.com',
      existingSecret: 'theirs',
      ...external,
      exporter: { enabled: true, ...own },
    };
    const values = { postgres: { enabled: false }, externalPostgres };
    const pod = await podOf('postgres-exporter', { values });
    expect(environmentOf(pod.containers[0]!)).toHaveProperty(
      'DATA_SOURCE_URI',
      `postgres.example.com:5432/${uri}`,
    );
  });

  it('are not held against a CA where the services verify nothing', async () => {
    const externalPostgres = {
      ...watched.values.externalPostgres,
      parameters: 'sslmode=no-verify',
    };
    const caBundle = { existingConfigMap: 'their-ca' };
    const pod = await podOf('postgres-exporter', {
      values: { ...watched.values, caBundle, externalPostgres },
    });
    expect(environmentOf(pod.containers[0]!)['DATA_SOURCE_URI']).toMatch(/\?sslmode=require$/);
  });

  it('without TLS are connected to without it, which is not the default of its driver', async () => {
    const { externalPostgres } = scenarios['with an external Postgres'].values;
    const values = {
      postgres: { enabled: false },
      externalPostgres: { ...externalPostgres, exporter: { enabled: true } },
    };
    const pod = await podOf('postgres-exporter', { values });
    expect(environmentOf(pod.containers[0]!)).toHaveProperty(
      'DATA_SOURCE_URI',
      'postgres.example.com:6432/relay?sslmode=disable',
    );
  });

  it('are scraped, alerted on, and reached through the NetworkPolicies', async () => {
    const values = { ...watched.values, prometheusRule: { enabled: true } };
    const manifests = await render({ values });
    const monitors = ofKind(manifests, 'ServiceMonitor').map(({ metadata }) => metadata.name);
    expect(monitors).toEqual(
      expect.arrayContaining(['relay-redis-exporter', 'relay-postgres-exporter']),
    );
    const rules = JSON.stringify(ofKind(manifests, 'PrometheusRule'));
    expect(rules).toContain('"RelayPostgresDown"');
    expect(rules).toContain('"RelayRedisDown"');
    const policy = ofKind(manifests, 'NetworkPolicy').find(
      ({ metadata }) => metadata.name === 'relay-postgres-exporter',
    );
    expect(policy!.spec.egress).toContainEqual({
      ports: [{ protocol: 'TCP', port: 5432 }],
      to: [{ ipBlock: { cidr: '192.0.2.0/28' } }],
    });
  });
});
