import { describe, expect, it } from 'vitest';

import { refusedByKubernetes, render, renderText, type HelmError } from './helm.ts';
import type { Manifest, PodSpec } from './kubernetes.ts';
import { ofKind, workloads } from './manifests.ts';

/** Each part of the values, with the components of its pods. */
const components: [string, string[], (settings: object) => object][] = [
  ['auth', ['auth'], (auth) => ({ auth })],
  ['post', ['post'], (post) => ({ post })],
  ['web', ['web'], (web) => ({ web })],
  ['redis', ['redis'], (redis) => ({ redis })],
  ['postgres', ['postgres'], (postgres) => ({ postgres })],
  ['redis.exporter', ['redis-exporter'], (exporter) => ({ redis: { exporter } })],
  ['postgres.exporter', ['postgres-exporter'], (exporter) => ({ postgres: { exporter } })],
  ['migrations', ['auth-migrate', 'post-migrate'], (migrations) => ({ migrations })],
];

const SIDECAR = { name: 'sidecar', image: 'sidecar:v1' };
const AFFINITY = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: [{ key: 'gpu', operator: 'DoesNotExist' }] }],
    },
  },
};
const SPREAD = { maxSkew: 1, topologyKey: 'rack', whenUnsatisfiable: 'DoNotSchedule' };

/** Each value that all components have: a sample, and the part of a pod that must hold it. */
const pods: [string, unknown, (pod: PodSpec) => unknown, unknown?][] = [
  ['priorityClassName', 'high', (pod) => pod.priorityClassName],
  ['nodeSelector', { disk: 'ssd' }, (pod) => pod.nodeSelector],
  ['tolerations', [{ key: 'spot', operator: 'Exists' }], (pod) => pod.tolerations],
  ['affinity', AFFINITY, (pod) => pod.affinity],
  ['initContainers', [SIDECAR], (pod) => pod.initContainers],
  ['extraContainers', [SIDECAR], (pod) => pod.containers.slice(1)],
  ['extraVolumes', [{ name: 'more', emptyDir: {} }], (pod) => pod.volumes?.slice(-1)],
  [
    'extraVolumeMounts',
    [{ name: 'more', mountPath: '/more' }],
    (pod) => pod.containers[0]!.volumeMounts?.slice(-1),
  ],
  ['envFrom', [{ secretRef: { name: 'theirs' } }], (pod) => pod.containers[0]!.envFrom],
  ['env', [{ name: 'MORE', value: 'yes' }], (pod) => pod.containers[0]!.env?.slice(-1)],
  ['serviceAccount', { name: 'theirs' }, (pod) => pod.serviceAccountName, 'theirs'],
  ['serviceAccount', { create: false }, (pod) => pod.serviceAccountName, 'default'],
  ['podSecurityContext', { runAsUser: 7 }, (pod) => pod.securityContext?.runAsUser, 7],
  ['podSecurityContext', { fsGroup: null }, (pod) => pod.securityContext?.fsGroup, undefined],
  [
    'containerSecurityContext',
    { readOnlyRootFilesystem: null },
    (pod) => pod.containers[0]!.securityContext,
    { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  ],
];

describe.each(components)('the values %s', (where, names, wrap) => {
  const podsOf = (manifests: readonly Manifest[]) => {
    const found = workloads(manifests).filter(({ component }) => names.includes(component));
    expect(found).toHaveLength(names.length);
    return found;
  };

  it.each(pods)('have %s %j for its pods', async (name, given, read, ...expected) => {
    const values = wrap({ [name]: given });
    for (const { pod } of podsOf(await render({ values }))) {
      expect(read(pod)).toEqual(expected.length > 0 ? expected[0] : given);
    }
    expect(await refusedByKubernetes(await renderText({ values }))).toEqual([]);
  });

  it('have constraints of how its pods spread, which select these pods', async () => {
    const values = wrap({ topologySpreadConstraints: [SPREAD] });
    for (const { pod, component } of podsOf(await render({ values }))) {
      const matchLabels = {
        'app.kubernetes.io/name': 'relay',
        'app.kubernetes.io/instance': 'relay',
        'app.kubernetes.io/component': component,
      };
      expect(pod.topologySpreadConstraints).toEqual([
        { ...SPREAD, labelSelector: { matchLabels } },
      ]);
    }
  });

  it('have labels and annotations for their Deployments and Jobs, for the pods and for their account', async () => {
    const values = wrap({
      labels: { one: 'label' },
      annotations: { 'reloader.stakater.com/auto': 'true' },
      podLabels: { 'sidecar.istio.io/inject': 'true' },
      podAnnotations: { scraped: 'no' },
      serviceAccount: { annotations: { role: 'theirs' } },
    });
    const manifests = await render({ values });
    for (const { name, kind, labels, annotations, component } of podsOf(manifests)) {
      const owner = manifests.find((one) => one.kind === kind && one.metadata.name === name)!;
      expect(owner.metadata.labels).toMatchObject({ one: 'label' });
      expect(owner.metadata.annotations).toEqual({ 'reloader.stakater.com/auto': 'true' });
      expect(labels).toMatchObject({ 'sidecar.istio.io/inject': 'true' });
      expect(annotations).toMatchObject({ scraped: 'no' });
      const account = ofKind(manifests, 'ServiceAccount').find(
        ({ metadata }) => metadata.name === `relay-${component}`,
      );
      expect(account?.metadata.annotations).toEqual({ role: 'theirs' });
    }
  });

  it('refuse a variable that the chart sets', async () => {
    const [first] = podsOf(await render({}));
    const { name } = first!.pod.containers[0]!.env![0]!;
    const refusal = render({ values: wrap({ env: [{ name, value: 'theirs' }] }) });
    await expect(refusal).rejects.toThrow(`${where}.env: the chart sets ${name} itself`);
  });

  it('create no account if they name an existing one', async () => {
    const manifests = await render({
      values: wrap({ serviceAccount: { create: false, name: 'theirs' } }),
    });
    const accounts = ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata.name);
    expect(accounts.filter((name) => name === 'theirs')).toEqual([]);
    expect(accounts.filter((name) => names.includes(name.replace('relay-', '')))).toEqual([]);
  });
});

it('one account may be that of several components', async () => {
  const serviceAccount = { name: 'shared' };
  const values = {
    auth: { serviceAccount },
    post: { serviceAccount },
    migrations: { serviceAccount },
  };
  const names = ofKind(await render({ values }), 'ServiceAccount').map(
    ({ metadata }) => metadata.name,
  );
  expect(names.filter((name) => name === 'shared')).toEqual(['shared']);
});

function sharedAccount(annotations: object) {
  return { serviceAccount: { name: 'shared', annotations } };
}

it('an account of several components has the annotations of all of them', async () => {
  const values = {
    auth: sharedAccount({ role: 'theirs' }),
    post: sharedAccount({ role: 'theirs', owner: 'links' }),
  };
  const accounts = ofKind(await render({ values }), 'ServiceAccount');
  const shared = accounts.find(({ metadata }) => metadata.name === 'shared');
  expect(shared?.metadata.annotations).toEqual({ role: 'theirs', owner: 'links' });

  const different = { ...values, redis: sharedAccount({ role: 'another' }) };
  await expect(render({ values: different })).rejects.toThrow(
    'the components that share the account shared give its annotation role different values',
  );
});

it('a value of a component wins over that of all pods', async () => {
  const values = {
    nodeSelector: { disk: 'any' },
    tolerations: [{ key: 'any', operator: 'Exists' }],
    redis: { nodeSelector: { disk: 'ssd' }, tolerations: [{ key: 'ssd', operator: 'Exists' }] },
  };
  for (const { component, pod } of workloads(await render({ values }))) {
    const of = component === 'redis' ? values.redis : values;
    expect(pod).toMatchObject({ nodeSelector: of.nodeSelector, tolerations: of.tolerations });
  }
});

it('an empty list spreads the pods of a service no more', async () => {
  const auth = { topologySpreadConstraints: [] };
  const spread = workloads(await render({ values: { auth } }))
    .filter(({ pod }) => pod.topologySpreadConstraints)
    .map(({ component }) => component);
  expect(spread).toEqual(['post', 'web']);
});

it.each([
  [{ maxUnavailable: 2 }, { maxUnavailable: 2 }],
  [{ minAvailable: '50%' }, { minAvailable: '50%' }],
  [{ minAvailable: 1, maxUnavailable: 2 }, { minAvailable: 1 }],
])('a disruption budget with %j has %j', async (given, expected) => {
  const manifests = await render({ values: { auth: { podDisruptionBudget: given } } });
  const [budget] = ofKind(manifests, 'PodDisruptionBudget');
  const { minAvailable, maxUnavailable } = budget!.spec!;
  expect({ minAvailable, maxUnavailable }).toEqual({
    minAvailable: undefined,
    maxUnavailable: undefined,
    ...expected,
  });
});

it('an autoscaler scales by memory, and as fast as the values allow', async () => {
  const behavior = { scaleDown: { stabilizationWindowSeconds: 600 } };
  const autoscaling = { enabled: true, targetMemoryUtilizationPercentage: 80, behavior };
  const installation = { values: { post: { autoscaling } } };
  const [scaler] = ofKind(await render(installation), 'HorizontalPodAutoscaler');
  expect(scaler?.spec?.metrics?.map(({ resource }) => [resource?.name, resource?.target])).toEqual([
    ['cpu', { type: 'Utilization', averageUtilization: 70 }],
    ['memory', { type: 'Utilization', averageUtilization: 80 }],
  ]);
  expect(scaler?.spec?.behavior).toEqual(behavior);
  expect(await refusedByKubernetes(await renderText(installation))).toEqual([]);
});

it('an autoscaler goes by memory alone with 0 for the CPU, as null is lost in the values.yaml of a chart around it', async () => {
  const autoscaling = {
    enabled: true,
    targetCPUUtilizationPercentage: 0,
    targetMemoryUtilizationPercentage: 80,
  };
  const [scaler] = ofKind(
    await render({ values: { post: { autoscaling } } }),
    'HorizontalPodAutoscaler',
  );
  expect(scaler?.spec?.metrics?.map(({ resource }) => resource?.name)).toEqual(['memory']);
});

it('an autoscaler of more pods at least than at most is refused, with both numbers', async () => {
  const autoscaling = { enabled: true, minReplicas: 12, maxReplicas: 3 };
  const refusal = render({ values: { auth: { autoscaling } } }).catch(
    ({ message }: HelmError) => message,
  );
  expect(await refusal).toContain(
    'auth.autoscaling.minReplicas is 12, more than auth.autoscaling.maxReplicas, which is 3',
  );
});

it('the Ingress has every host, with the certificates of the values', async () => {
  const tls = [{ secretName: 'other', hosts: ['b.example'] }];
  const ingress = {
    host: 'a.example',
    hosts: ['b.example', 'c.example'],
    tlsSecret: 'all',
    tls,
    labels: { tier: 'public' },
  };
  const [found] = ofKind(await render({ values: { ingress } }), 'Ingress');
  expect(found?.spec?.rules?.map(({ host }) => host)).toEqual([
    'a.example',
    'b.example',
    'c.example',
  ]);
  expect(found?.spec?.rules?.map(({ http }) => http?.paths.length)).toEqual([3, 3, 3]);
  const all = { secretName: 'all', hosts: ['a.example', 'b.example', 'c.example'] };
  expect(found?.spec?.tls).toEqual([all, ...tls]);
  expect(found?.metadata?.labels).toMatchObject({ tier: 'public' });
});

it('the HTTPRoute has the annotations and labels of the values', async () => {
  const metadata = { annotations: { owner: 'links' }, labels: { tier: 'public' } };
  const httpRoute = { enabled: true, parentRefs: [{ name: 'gateway' }], ...metadata };
  const [route] = ofKind(await render({ values: { httpRoute } }), 'HTTPRoute');
  expect(route?.metadata).toMatchObject(metadata);
});
