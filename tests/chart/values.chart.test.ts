import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { allValues, readValues, type Value } from '../../tools/chart/docs/values.ts';
import { CHART, HelmError, lint, render, renderText } from './helm.ts';
import { scenarios } from './scenarios.ts';
import { placesOf, type ValuesSchema } from './values-schema.ts';

const read = (file: string) => readFileSync(path.join(CHART, file), 'utf8');
const values = allValues(readValues(read('values.yaml')));
const schema = JSON.parse(read('values.schema.json')) as ValuesSchema;
const schemas = new Map(placesOf(schema).map((place) => [place.path, place.schema]));

describe('helm refuses', () => {
  it.each<[string, object]>([
    ['a misspelled value', { loglevel: 'info' }],
    ['a misspelled value of a service', { auth: { replica: 2 } }],
    ['a misspelled value further down', { redis: { exporter: { image: { tags: 'v1' } } } }],
    ['a value of the other service', { auth: { cache: { ttlSeconds: 1 } } }],
    ['a word for a number', { post: { replicas: 'two' } }],
    ['a number for a word', { logLevel: 3 }],
    ['a word for a switch', { ingress: { enabled: 'yes' } }],
    ['a log level that there is not', { logLevel: 'verbose' }],
    ['a pull policy that there is not', { auth: { image: { pullPolicy: 'Sometimes' } } }],
    ['an eviction policy that there is not', { redis: { maxmemoryPolicy: 'lru' } }],
    ['a digest without its algorithm', { post: { image: { digest: 'abc' } } }],
    ['an image without a name', { post: { image: { repository: '' } } }],
    [
      'a memory limit in bytes, from which no heap is had',
      { auth: { resources: { limits: { memory: 1000 } } } },
    ],
    ['more hops than the services take', { trustedHops: 11 }],
    ['an origin with a path', { corsOrigins: ['https://a.example/path'] }],
    ['an endpoint that is no URL', { tracing: { endpoint: 'collector:4318' } }],
    ['more traces than there are', { tracing: { sampleRatio: 50 } }],
    ['a port that there is not', { externalRedis: { port: 70_000 } }],
    ['an address that is no range', { externalRedis: { cidrs: ['10.0.0.1'] } }],
    ['a name that Kubernetes would not take', { fullnameOverride: 'Relay_1' }],
    [
      'a peer that is no NetworkPolicy peer',
      { networkPolicy: { ingressFrom: [{ namespace: 'a' }] } },
    ],
    ['no Postgres at all', { postgres: { enabled: false } }],
    [
      'an external Postgres without passwords',
      { postgres: { enabled: false }, externalPostgres: { host: 'postgres.example.com' } },
    ],
    ['no Redis at all', { redis: { enabled: false } }],
    ['a Grafana that is no URL', { grafanaDashboards: { url: 'grafana:3000' } }],
    ['a label that selects pods', { commonLabels: { 'app.kubernetes.io/component': 'x' } }],
    ['a label that the chart sets', { auth: { podLabels: { 'helm.sh/chart': 'mine' } } }],
    ['a host with a scheme', { externalRedis: { host: 'redis://redis.example.com' } }],
    [
      'an external Postgres with Secrets for some users alone',
      {
        postgres: { enabled: false },
        externalPostgres: { host: 'postgres.example.com', secrets: { owner: 'a', auth: 'b' } },
      },
    ],
    [
      'an exporter of an external Postgres without a password',
      {
        postgres: { enabled: false },
        externalPostgres: {
          host: 'postgres.example.com',
          secrets: { owner: 'a', auth: 'b', post: 'c' },
          exporter: { enabled: true },
        },
      },
    ],
    [
      'a security context of a field that there is not',
      { auth: { podSecurityContext: { user: 1 } } },
    ],
    ['a section without its values', { auth: { image: null } }],
    ['an HTTPRoute without a Gateway', { httpRoute: { enabled: true } }],
  ])('%s', async (_what, wrong) => {
    await expect(lint({ values: wrong })).rejects.toThrow(HelmError);
    await expect(render({ values: wrong })).rejects.toThrow(HelmError);
  });
});

describe('the templates refuse', () => {
  // helm lint continues after a template fails.
  it.each<[string, object]>([
    [
      'more pods at least than at most',
      { post: { autoscaling: { enabled: true, minReplicas: 30 } } },
    ],
    [
      'an autoscaler with nothing to scale by',
      { post: { autoscaling: { enabled: true, targetCPUUtilizationPercentage: null } } },
    ],
    ['generated passwords under Argo CD', { migrations: { managedBy: 'argocd' } }],
    [
      'a Cluster through a Sentinel',
      {
        redis: { enabled: false },
        externalRedis: { host: 'redis', cluster: true, sentinel: { master: 'main' } },
      },
    ],
    [
      'an exporter that would measure a Sentinel',
      {
        redis: { enabled: false },
        externalRedis: {
          host: 'sentinel',
          sentinel: { master: 'main' },
          exporter: { enabled: true },
        },
      },
    ],
  ])('%s', async (_what, wrong) => {
    await expect(render({ values: wrong })).rejects.toThrow(HelmError);
  });
});

/** Two installations with everything enabled and nothing random: in one of them, every value has an effect. */
const { externalPostgres, externalRedis, ...unbundled } =
  scenarios['with exporters of external stores'].values;
const bundled = {
  ...scenarios['with Secrets of its own'].values,
  externalPostgres,
  externalRedis,
  tracing: scenarios['with tracing'].values.tracing,
  httpRoute: scenarios['with an HTTPRoute'].values.httpRoute,
  ingress: { tlsSecret: 'relay-tls' },
  caBundle: { existingConfigMap: 'their-ca' },
  networkPolicy: { nodeLocalDns: { enabled: true, addresses: ['10.96.0.10'] } },
  serviceMonitor: { enabled: true },
  prometheusRule: { ...scenarios['with rules'].values.prometheusRule, clusterLabel: 'cluster' },
  grafanaDashboards: { enabled: true },
};
const external = {
  ...bundled,
  ...unbundled,
  externalRedis: {
    ...externalRedis,
    cluster: false,
    exporter: { enabled: true, host: 'master.example.com' },
  },
  auth: { ...bundled.auth, autoscaling: { enabled: true } },
  post: { autoscaling: { enabled: true } },
  web: { autoscaling: { enabled: true } },
};

const throughSentinel = {
  ...external,
  externalRedis: {
    ...external.externalRedis,
    sentinel: { master: 'main', existingSecret: 'their-sentinel' },
  },
};

it('every value has an effect', async () => {
  // With anything random in the compared output, every value would seem to have an effect.
  for (const base of [bundled, external, throughSentinel]) {
    const same = await renderText({ values: { ...base, global: { nothing: 'reads this' } } });
    expect(same).toBe(await renderText({ values: base }));
  }
  const dead: string[] = [];
  const left = [...values];
  const worker = async (): Promise<void> => {
    for (let value = left.pop(); value !== undefined; value = left.pop()) {
      const isAlive =
        (await changes(value, bundled)) ||
        (await changes(value, external)) ||
        (await changes(value, throughSentinel));
      if (!isAlive) dead.push(value.path.join('.'));
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  expect(dead).toEqual([]);
}, 600_000);

/** Whether another value makes another chart. */
async function changes(value: Value, base: object): Promise<boolean> {
  const before = at(base, value.path) ?? value.default;
  const changed = merge(base, wrap(value.path, another(value, before)));
  return (await renderText({ values: base })) !== (await renderText({ values: changed }));
}

/** A value that the schema takes, and that is not the one before. */
function another({ path: keys }: Value, before: unknown): unknown {
  const key = keys.at(-1)!;
  const { enum: choices } = schemas.get(keys.join('.'))!;
  if (choices) return choices.find((choice) => choice !== before);
  if (typeof before === 'boolean') return !before;
  if (key in SAMPLES) return SAMPLES[key];
  if (typeof before === 'number') return before + 1;
  if (typeof before === 'string') return 'changed';
  throw new Error(`no sample of another ${keys.join('.')}`);
}

/** Where another word or number would not do. */
const SAMPLES: Record<string, unknown> = {
  addresses: ['198.51.100.10'],
  affinity: { podAntiAffinity: {} },
  alertLabels: { changed: 'yes' },
  alerts: { redisDown: { for: '7m' } },
  args: ['src/other.ts'],
  attributes: { changed: 'yes' },
  annotations: { changed: 'yes' },
  availability: 0.7,
  behavior: { scaleDown: { stabilizationWindowSeconds: 7 } },
  burnRates: [{ factor: 7, long: '7h', short: '7m', for: '7s', severity: 'critical' }],
  cidrs: ['198.51.100.0/24'],
  commonLabels: { changed: 'yes' },
  containerSecurityContext: { readOnlyRootFilesystem: false },
  corsOrigins: ['https://changed.example'],
  digest: `sha256:${'0'.repeat(64)}`,
  disabled: ['RelayWatchdog'],
  dnsTo: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
  endpoint: 'http://changed.example:4317',
  env: [{ name: 'CHANGED', value: 'yes' }],
  envFrom: [{ configMapRef: { name: 'changed' } }],
  extraContainers: [{ name: 'changed', image: 'changed:v1' }],
  extraEgress: [{ to: [{ ipBlock: { cidr: '198.51.100.0/24' } }] }],
  extraIngress: [{ from: [{ ipBlock: { cidr: '198.51.100.0/24' } }] }],
  extraVolumeMounts: [{ name: 'changed', mountPath: '/changed' }],
  extraVolumes: [{ name: 'changed', emptyDir: {} }],
  hostnames: ['changed.example'],
  hosts: ['changed.example'],
  imagePullSecrets: ['changed'],
  initContainers: [{ name: 'changed', image: 'changed:v1' }],
  ingressFrom: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
  interval: '7s',
  labels: { changed: 'yes' },
  latency: 0.7,
  maxmemory: '100mb',
  minAvailable: 1,
  metricsFrom: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
  nodeSelector: { changed: 'yes' },
  parentRefs: [{ name: 'changed' }],
  period: '7d',
  podAnnotations: { changed: 'yes' },
  podLabels: { changed: 'yes' },
  podSecurityContext: { runAsUser: 12_345 },
  rateWindow: '7m',
  resources: { requests: { cpu: '123m' } },
  runbookUrl: 'https://changed.example',
  sampleRatio: 0.5,
  secretKeys: { auth: 'changed' },
  secrets: { auth: 'changed' },
  serviceAnnotations: { changed: 'yes' },
  settings: { work_mem: '123MB' },
  size: '7Gi',
  targetMemoryUtilizationPercentage: 80,
  tls: [{ secretName: 'changed' }],
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: 'changed', whenUnsatisfiable: 'DoNotSchedule' },
  ],
  tolerations: [{ key: 'changed', operator: 'Exists' }],
  tracingTo: [{ ipBlock: { cidr: '198.51.100.0/24' } }],
  url: 'https://changed.example',
};

function wrap(keys: readonly string[], value: unknown): object {
  return keys.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as object;
}

function at(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (inner, key) => (inner as Record<string, unknown> | undefined)?.[key],
    value,
  );
}

function merge(base: object, change: object): object {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(change)) {
    const before = merged[key];
    merged[key] = isMap(before) && isMap(value) ? merge(before, value) : value;
  }
  return merged;
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
