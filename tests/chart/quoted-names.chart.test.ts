import { describe, expect, it } from 'vitest';

import { refusedByKubernetes, render, renderText, type Installation } from './helm.ts';
import { ofKind, workloads } from './manifests.ts';
import { scenarios } from './scenarios.ts';

/** A name that YAML reads as a number unless it is quoted. */
const NAME = '0123';
const placed = {
  serviceAccount: { create: true, name: NAME },
  priorityClassName: NAME,
  nodeSelector: { pool: NAME },
};
const keys = (...users: string[]) => Object.fromEntries(users.map((user) => [user, NAME]));
const exporter = { ...placed, enabled: true };
const everywhere = {
  commonLabels: { team: NAME },
  imagePullSecrets: [NAME],
  caBundle: { existingConfigMap: NAME, key: NAME },
  tracing: { endpoint: 'http://collector:4318', existingSecret: NAME, secretKey: NAME },
  auth: { ...placed, signingKeys: { existingSecret: NAME } },
  post: placed,
  web: placed,
  migrations: placed,
  ingress: { className: NAME, host: NAME, tlsSecret: NAME },
  redis: {
    ...placed,
    exporter,
    existingSecret: NAME,
    secretKeys: keys('operator', 'auth', 'post', 'exporter'),
    persistence: { storageClass: NAME },
  },
  postgres: {
    ...placed,
    exporter,
    existingSecret: NAME,
    secretKeys: keys('postgres', 'owner', 'auth', 'post', 'exporter'),
    persistence: { storageClass: NAME },
  },
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true, clusterLabel: 'cluster', clusterName: NAME },
  grafanaDashboards: { enabled: true, folder: NAME },
};
const outside = {
  ...everywhere,
  postgres: { exporter: placed, enabled: false },
  redis: { exporter: placed, enabled: false },
  externalPostgres: {
    host: NAME,
    database: NAME,
    users: keys('owner', 'auth', 'post'),
    exporter: { enabled: true, user: NAME },
    existingSecret: NAME,
    secretKeys: keys('owner', 'auth', 'post', 'exporter'),
  },
  externalRedis: {
    host: NAME,
    users: keys('auth', 'post'),
    exporter: { enabled: true, user: NAME },
    existingSecret: NAME,
    secretKeys: keys('auth', 'post', 'exporter'),
  },
};

describe.each<[string, Installation]>([
  ['bundled stores', { namespace: NAME, values: everywhere }],
  ['external stores', { namespace: NAME, values: outside }],
  ['a release that is called true', { release: 'true', values: scenarios['with rules'].values }],
  [
    'an HTTPRoute of a release that is called null',
    { release: 'null', values: scenarios['with an HTTPRoute'].values },
  ],
])('names of digits alone, with %s,', (_what, installation) => {
  it('are strings to Kubernetes', async () => {
    expect(await refusedByKubernetes(await renderText(installation))).toEqual([]);
  });

  it('are those of the values', async () => {
    const manifests = await render(installation);
    const names = manifests.map(({ metadata }) => metadata.name);
    expect(names.filter((name) => typeof name !== 'string')).toEqual([]);
    if (installation.release) return;
    const accounts = ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata.name);
    expect(accounts).toEqual([NAME]);
    for (const { pod } of workloads(manifests)) {
      expect(pod).toMatchObject({
        serviceAccountName: NAME,
        priorityClassName: NAME,
        imagePullSecrets: [{ name: NAME }],
      });
    }
  });
});
