import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { readTracingConfig } from '../../packages/tracing/src/config.ts';
import { readAuthConfig } from '../../services/auth/src/config.ts';
import { readProcessConfig } from '../../services/post/src/config.ts';
import { readWebConfig } from '../../services/web/src/config.ts';
import { render, type Installation } from './helm.ts';
import { environmentOf, ofKind, workloads } from './manifests.ts';
import { everyScenario, scenarios, servicesOf } from './scenarios.ts';
import { addressesCalled } from './wiring.ts';

const read = { auth: readAuthConfig, post: readProcessConfig, web: readWebConfig };
const services = ['auth', 'post', 'web'] as const;
const withStores = ['auth', 'post'] as const;

/** Variables that Node and OpenTelemetry read by themselves. */
const OF_THE_RUNTIME = /^(NODE|OTEL)_/;

/** The environment of a component's container, with a stand-in for values from Secrets. */
async function environment(installation: Installation, component: string) {
  const workload = workloads(await render(installation)).find((one) => one.component === component);
  const [container] = workload!.pod.containers;
  const secret = container!.env!.filter(({ value }) => value === undefined);
  return {
    ...environmentOf(container!),
    ...Object.fromEntries(secret.map(({ name }) => [name, 'from-a-secret'])),
  } as Record<string, string>;
}

/** Whether Kubernetes substitutes the variable into another one. */
function isQuoted(given: Record<string, string>, name: string): boolean {
  return Object.values(given).some((value) => value.includes(`$(${name})`));
}

function ofTracing(given: Record<string, string>): string[] {
  return Object.keys(given).filter((name) => /^(OTEL_|POD_NAME|TRUST_)/.test(name));
}

function variablesRead(service: (typeof services)[number], given: Record<string, string>) {
  const names = new Set<string>();
  const watched = new Proxy(given, {
    get(target, name: string) {
      names.add(name);
      return target[name];
    },
  });
  readTracingConfig(watched);
  return { config: read[service](watched), names };
}

/** The first column of the README's table of settings. */
function settingsOfReadme(): Set<string> {
  const readme = readFileSync(path.join(import.meta.dirname, '../../README.md'), 'utf8');
  const table = readme.split('## Settings')[1]!.split('\n## ')[0]!;
  const rows = table.split('\n').filter((line) => line.startsWith('| `'));
  return new Set(rows.flatMap((row) => row.split('|')[1]!.match(/[A-Z][A-Z_]+/g) ?? []));
}

describe.each(everyScenario)('the chart %s', (_name, scenario) => {
  const started = services.filter((service) => servicesOf(scenario).includes(service));

  it.each(started)('starts %s with settings that it reads and accepts', async (service) => {
    const given = await environment(scenario, service);
    const { names } = variablesRead(service, given);
    const unread = Object.keys(given).filter((name) => !names.has(name) && !isQuoted(given, name));
    expect(unread.filter((name) => !OF_THE_RUNTIME.test(name))).toEqual([]);
  });

  it('sets no variable twice', async () => {
    const doubled = workloads(await render(scenario)).flatMap(({ pod }) => {
      const names = pod.containers[0]!.env?.map(({ name }) => name) ?? [];
      return names.filter((name, index) => names.indexOf(name) !== index);
    });
    expect(doubled).toEqual([]);
  });

  it('sends every pod to addresses that there are', async () => {
    const manifests = await render(scenario);
    const known = new Set(
      ofKind(manifests, 'Service').flatMap(({ metadata, spec }) =>
        spec!.ports!.map(({ port }) => `${metadata.name}:${port}`),
      ),
    );
    const outside = /^([a-z]+\.example\.com|collector\.observability):\d+$/;
    const called = addressesCalled(manifests);
    expect(called.length).toBeGreaterThan(6);
    expect(called.filter(({ address }) => !known.has(address) && !outside.test(address))).toEqual(
      [],
    );
  });
});

describe('the settings that the chart makes', () => {
  it.each(['auth', 'post', 'web', 'auth-migrate', 'post-migrate'])(
    'for %s are in the README',
    async (component) => {
      const known = settingsOfReadme();
      const given = await environment(scenarios['with every list and map filled'], component);
      const unknown = Object.keys(given).filter(
        (name) => !known.has(name) && !isQuoted(given, name),
      );
      expect(unknown.filter((name) => !OF_THE_RUNTIME.test(name))).toEqual([]);
    },
  );

  it('are those of the values', async () => {
    const values = {
      logLevel: 'warn',
      trustedHops: 3,
      bodyLimitBytes: 5_000_000,
      corsOrigins: ['https://a.example', 'https://b.example'],
      shutdown: { deadlineSeconds: 40 },
      auth: {
        databasePoolSize: 7,
        accessTokenSeconds: 60,
        refreshTokenSeconds: 31_536_000,
        refreshReuseSeconds: 0,
        threadPoolSize: 8,
        cookieSecure: false,
        limits: {
          loginsPerAccount: 1,
          loginsPerAddress: 1_000_000,
          refreshesPerAddress: 999_999,
          registrationsPerAddress: 3,
        },
      },
      post: {
        databasePoolSize: 9,
        cache: {
          ttlSeconds: 3_000_000,
          absentTtlSeconds: 2_000_000,
          timeoutMs: 99,
          consistency: 'strict',
          localTtlSeconds: 1_000_000,
          warmUp: true,
        },
        limits: { postsPerUser: 1_000_000, votesPerUser: 999_999 },
        idempotencySeconds: 2_592_000,
        removedUsersPollSeconds: 7,
      },
    };
    const shared = {
      LOG_LEVEL: 'warn',
      TRUSTED_HOPS: 3,
      BODY_LIMIT_BYTES: 5_000_000,
      CORS_ORIGINS: ['https://a.example', 'https://b.example'],
      SHUTDOWN_DEADLINE_MS: 40_000,
    };
    const auth = variablesRead('auth', await environment({ values }, 'auth')).config;
    expect(auth).toMatchObject({
      ...shared,
      DATABASE_POOL_SIZE: 7,
      ACCESS_TOKEN_SECONDS: 60,
      REFRESH_TOKEN_SECONDS: 31_536_000,
      REFRESH_REUSE_SECONDS: 0,
      UV_THREADPOOL_SIZE: 8,
      COOKIE_SECURE: false,
      LOGINS_PER_ACCOUNT: 1,
      LOGINS_PER_ADDRESS: 1_000_000,
      REFRESHES_PER_ADDRESS: 999_999,
      REGISTRATIONS_PER_ADDRESS: 3,
    });
    const post = variablesRead('post', await environment({ values }, 'post')).config;
    expect(post).toMatchObject({
      ...shared,
      DATABASE_POOL_SIZE: 9,
      CACHE_TTL_SECONDS: 3_000_000,
      CACHE_ABSENT_TTL_SECONDS: 2_000_000,
      CACHE_TIMEOUT_MS: 99,
      CACHE_CONSISTENCY: 'strict',
      CACHE_LOCAL_TTL_SECONDS: 1_000_000,
      CACHE_WARM_UP: true,
      POSTS_PER_USER: 1_000_000,
      VOTES_PER_USER: 999_999,
      IDEMPOTENCY_SECONDS: 2_592_000,
      REMOVED_USERS_POLL_SECONDS: 7,
    });
    const web = variablesRead('web', await environment({ values }, 'web')).config;
    expect(web).toMatchObject(shared);
  });

  it.each(withStores)('send %s to the stores that are given', async (service) => {
    const given = await environment(scenarios['with nothing bundled'], service);
    expect(variablesRead(service, given).config).toMatchObject({
      DATABASE_URL: `postgres://${service}:from-a-secret@postgres.example.com:6432/relay`,
      REDIS_URL: `rediss://${service}:from-a-secret@redis.example.com:6380`,
      REDIS_CLUSTER: true,
    });
  });

  it.each(withStores)('send %s to the Sentinel that is given', async (service) => {
    const { values } = scenarios['with nothing bundled'];
    const sentinel = { master: 'main', existingSecret: 'their-sentinel' };
    const externalRedis = { ...values.externalRedis, cluster: false, sentinel };
    const given = await environment({ values: { ...values, externalRedis } }, service);
    expect(variablesRead(service, given).config).toMatchObject({
      REDIS_CLUSTER: false,
      REDIS_SENTINEL_MASTER: 'main',
      REDIS_SENTINEL_PASSWORD: 'from-a-secret',
    });
  });

  it.each(services)('give %s the endpoint and the attributes of its traces', async (service) => {
    const tracing = {
      endpoint: 'https://collector.example.com/otlp',
      sampleRatio: 0.25,
      trustCallers: true,
      attributes: { 'deployment.environment.name': 'staging', team: 'a b,c=d+$(PATH)' },
    };
    const given = await environment({ namespace: 'shop', values: { tracing } }, service);
    expect(readTracingConfig(given)).toEqual({
      state: 'on',
      serviceName: `relay-${service}`,
      protocol: 'http/protobuf',
      trustsCallers: true,
    });
    expect(given).toMatchObject({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'https://collector.example.com/otlp',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.25',
    });
    const pairs = given['OTEL_RESOURCE_ATTRIBUTES']!.split(',').map((pair) => pair.split('='));
    const decoded = pairs.map(([key, value]) => [key, decodeURIComponent(value!)]);
    expect(Object.fromEntries(decoded)).toEqual({
      'k8s.namespace.name': 'shop',
      'k8s.pod.name': '$(POD_NAME)',
      ...tracing.attributes,
    });
    expect(given['OTEL_RESOURCE_ATTRIBUTES']!.match(/\$\(/g)).toHaveLength(1);
  });

  it('give the web service no store and no Secret', async () => {
    const { pod } = workloads(await render({})).find(({ component }) => component === 'web')!;
    const names = pod.containers[0]!.env!.map(({ name }) => name);
    expect(names.filter((name) => /DATABASE|REDIS|JWKS|SIGNING/.test(name))).toEqual([]);
    expect(pod.containers[0]!.env!.filter(({ valueFrom }) => valueFrom)).toEqual([]);
    expect(pod.volumes).toBeUndefined();
  });

  it('leave out the optional settings of tracing', async () => {
    expect(ofTracing(await environment({}, 'post'))).toEqual([]);
    const tracing = { endpoint: 'http://collector:4318' };
    expect(ofTracing(await environment({ values: { tracing } }, 'post'))).toEqual([
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'OTEL_SERVICE_NAME',
      'OTEL_RESOURCE_ATTRIBUTES',
      'POD_NAME',
    ]);
  });

  it('listen where the Services and the probes look', async () => {
    for (const service of services) {
      const { config } = variablesRead(service, await environment({}, service));
      expect(config).toMatchObject({ HOST: '0.0.0.0', PORT: 8080, ADMIN_PORT: 8081 });
    }
  });
});
