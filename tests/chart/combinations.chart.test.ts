import { describe, expect, it } from 'vitest';

import { renderUmbrella } from './charts.ts';
import { render } from './helm.ts';
import { workloads, type Workload } from './manifests.ts';
import { refusalOf, valuesWith } from './refusals.ts';
import { scenarios } from './scenarios.ts';

const { externalPostgres, externalRedis } = scenarios['with exporters of external stores'].values;
const base = { caBundle: { existingConfigMap: 'their-ca' } };
const external = {
  ...base,
  postgres: { enabled: false },
  redis: { enabled: false },
  externalPostgres,
  externalRedis,
};

/** The part of the values with the settings of a pod. */
function partOf({ component }: Workload): string {
  if (component.endsWith('-migrate')) return 'migrations';
  return component.replace('-exporter', '.exporter');
}

/** All that a pod has from the chart itself, as a user would give it again. */
function takenBy(workload: Workload): [string, object][] {
  const { containers, volumes = [] } = workload.pod;
  // A StatefulSet adds the volumes of its claims.
  const names = new Set(volumes.map(({ name }) => name));
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts);
  for (const { name } of mounts) names.add(name);
  return [
    ...containers.flatMap(({ name }): [string, object][] => [
      ['extraContainers', { name, image: 'busybox:1' }],
      ['initContainers', { name, image: 'busybox:1' }],
    ]),
    ...[...names].map((name): [string, object] => ['extraVolumes', { name, emptyDir: {} }]),
    ...mounts.map(({ mountPath }): [string, object] => [
      'extraVolumeMounts',
      { name: 'theirs', mountPath },
    ]),
  ];
}

function merged(a: object, b: object): object {
  const all: Record<string, unknown> = { ...a };
  for (const [key, value] of Object.entries(b)) {
    const before = all[key];
    const areMaps = [before, value].every((one) => one instanceof Object && !Array.isArray(one));
    all[key] = areMaps ? merged(before as object, value as object) : value;
  }
  return all;
}

describe('a name in a pod is there once', () => {
  it.each([
    ['bundled', base],
    ['external', external],
  ])(
    'none of the chart itself is taken from the values, with stores that are %s',
    async (_, on) => {
      const pods = workloads(await render({ values: on })).filter(({ kind }) => kind !== 'Pod');
      const given = pods.flatMap((pod) =>
        takenBy(pod).map(([list, entry]): [string, object] => [`${partOf(pod)}.${list}`, entry]),
      );
      expect(given.length).toBeGreaterThan(20);
      const refusals = await Promise.all(
        given.map(async ([name, entry]) => {
          const refusal = await refusalOf(merged(on, valuesWith(name, [entry])));
          return refusal.includes(`${name}: the pod has another entry with the `) ? '' : name;
        }),
      );
      expect(refusals.filter((name) => name !== '')).toEqual([]);
    },
  );

  it.each<[string, object]>([
    ['auth.env', { name: 'TWICE', value: 'a' }],
    ['web.extraVolumes', { name: 'twice', emptyDir: {} }],
    ['postgres.extraVolumeMounts', { name: 'theirs', mountPath: '/twice' }],
    ['redis.exporter.extraContainers', { name: 'twice', image: 'busybox:1' }],
  ])('of %s too', async (name, entry) => {
    const refusal = await refusalOf(valuesWith(name, [entry, entry]));
    expect(refusal).toMatch(new RegExp(`${name}: two entries have the \\w+ /?twice`, 'i'));
  });

  it('an init container and one beside it have different names', async () => {
    const one = { name: 'proxy', image: 'busybox:1' };
    const values = { post: { initContainers: [one], extraContainers: [one] } };
    expect(await refusalOf(values)).toContain('post.extraContainers: the pod has another entry');
  });

  it('without caBundle, its volume and folder are free', async () => {
    const extraVolumes = [{ name: 'ca', configMap: { name: 'theirs' } }];
    const extraVolumeMounts = [{ name: 'ca', mountPath: '/run/ca' }];
    expect(await refusalOf({ post: { extraVolumes, extraVolumeMounts } })).toBe('none');
  });
});

describe('a request above its limit, with which no pod is ever made, is refused', () => {
  it.each<[string, object, string]>([
    ['auth', { limits: { memory: '128Mi' } }, 'memory is 160Mi'],
    ['migrations', { requests: { cpu: '1' }, limits: { cpu: '250m' } }, 'cpu is 1'],
    ['redis.exporter', { requests: { memory: 100_000_000 } }, 'memory is 100000000'],
    ['postgres', { requests: { memory: '1.5Gi' } }, 'memory is 1.5Gi'],
    [
      'web',
      { requests: { 'ephemeral-storage': '2G' }, limits: { 'ephemeral-storage': '1Gi' } },
      'ephemeral-storage is 2G',
    ],
  ])('%s: %j', async (name, resources, message) => {
    const refusal = await refusalOf(valuesWith(`${name}.resources`, resources));
    expect(refusal).toContain(`${name}.resources.requests.${message}, more than`);
  });

  it.each<[string, object]>([
    ['auth', { requests: { memory: '1Gi', cpu: '1000m' }, limits: { memory: '1024Mi', cpu: 1 } }],
    ['redis', { requests: { memory: 1024 }, limits: { memory: '1G' } }],
    ['web', { limits: null }],
    ['postgres', { requests: { memory: null } }],
  ])('but not %s: %j', async (name, resources) => {
    expect(await refusalOf(valuesWith(`${name}.resources`, resources))).toBe('none');
  });

  it('except of a store that the chart does not install', async () => {
    const redis = { enabled: false, resources: { limits: { memory: '1Mi' } } };
    expect(await refusalOf(merged(external, { redis }))).toBe('none');
  });
});

describe('a budget that no drain can keep is refused', () => {
  it.each<[string, object, string]>([
    ['auth', { podDisruptionBudget: { minAvailable: 2 } }, 'is 2, and there are 2 pods at most'],
    ['web', { replicas: 1, podDisruptionBudget: { minAvailable: '1%' } }, 'is 1%'],
    [
      'post',
      { autoscaling: { enabled: true, maxReplicas: 4 }, podDisruptionBudget: { minAvailable: 4 } },
      'is 4',
    ],
  ])('%s: %j', async (name, values, message) => {
    expect(await refusalOf({ [name]: values })).toContain(
      `${name}.podDisruptionBudget.minAvailable ${message}`,
    );
  });

  it.each<object>([
    { auth: { podDisruptionBudget: { minAvailable: 1 } } },
    { auth: { replicas: 3, podDisruptionBudget: { minAvailable: '60%' } } },
    { auth: { replicas: 0, podDisruptionBudget: { minAvailable: 1 } } },
    { auth: { replicas: null, podDisruptionBudget: { minAvailable: 5 } } },
    { auth: { podDisruptionBudget: { enabled: false, minAvailable: 5 } } },
    { auth: { autoscaling: { enabled: true }, podDisruptionBudget: { minAvailable: 3 } } },
  ])('but not %j', async (values) => {
    expect(await refusalOf(values)).toBe('none');
  });
});

it('more entries than the memory of Redis holds are refused', async () => {
  expect(await refusalOf({ redis: { maxmemory: '1gb' } })).toContain(
    'redis.maxmemory is 1gb, more than redis.resources.limits.memory, which is 512Mi',
  );
  expect(await refusalOf({ redis: { maxmemory: '524288kb' } })).toBe('none');
  expect(await refusalOf({ redis: { maxmemory: '1gb', resources: null } })).toBe('none');
});

it('enabled: false is refused where it would have no effect', async () => {
  expect(await refusalOf({ enabled: false })).toContain('condition: relay.enabled');
  await expect(renderUmbrella({ relay: { enabled: false } })).rejects.toThrow('relay.enabled');
});
