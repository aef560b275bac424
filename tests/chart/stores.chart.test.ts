import { expect, it } from 'vitest';

import { render, type Installation } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { containersOf, environmentOf, ofKind, workloads } from './manifests.ts';
import { scenarios } from './scenarios.ts';

const bundled: [string, Installation][] = [
  ['with its defaults', scenarios['with its defaults']],
  ['on kind', scenarios['on kind']],
  ['while developing', scenarios['while developing']],
  [
    'with as many pods as its autoscalers may make',
    {
      values: {
        auth: { autoscaling: { enabled: true } },
        post: { autoscaling: { enabled: true } },
      },
    },
  ],
];

it.each(bundled)('Postgres has enough connections for all clients, %s', async (_name, scenario) => {
  const manifests = await render(scenario);
  const pools = workloads(manifests).flatMap(({ name, pod }) => {
    const size = environmentOf(pod.containers[0]!)['DATABASE_POOL_SIZE'];
    // One more pod than there are: a rollout adds one.
    return size === undefined ? [] : [Number(size) * (mostPods(manifests, name) + 1)];
  });
  expect(pools).toHaveLength(2);
  // The exporter's limit, the two Jobs with a connection for each role, and the connections that
  // Postgres reserves for superusers.
  const others = 5 + 2 * 2 + 3;
  const connections = pools.reduce((sum, size) => sum + size, others);
  expect(connections).toBeLessThanOrEqual(Number(settingsOfPostgres(manifests)['max_connections']));
});

it.each(bundled)(
  'Postgres and Redis have the memory that their settings use, %s',
  async (_, scenario) => {
    const manifests = await render(scenario);
    const { shared_buffers: shared, effective_cache_size: cache } = settingsOfPostgres(manifests);
    const ofPostgres = memoryLimit(manifests, 'postgres');
    expect(bytes(shared!)).toBeLessThanOrEqual(ofPostgres / 2);
    expect(bytes(cache!)).toBeLessThanOrEqual(ofPostgres);
    const configuration = ofKind(manifests, 'ConfigMap').flatMap(
      ({ data = {} }) => data['redis.conf'] ?? [],
    );
    const [, entries] = /^maxmemory (\S+)$/m.exec(configuration.join('\n'))!;
    // A rewrite of the append-only file may need as much again.
    expect(bytes(entries!) * 2).toBeLessThanOrEqual(memoryLimit(manifests, 'redis'));
  },
);

function mostPods(manifests: readonly Manifest[], name: string): number {
  const scaler = ofKind(manifests, 'HorizontalPodAutoscaler').find(
    ({ spec }) => spec.scaleTargetRef.name === name,
  );
  const deployment = ofKind(manifests, 'Deployment').find(({ metadata }) => metadata.name === name);
  return scaler?.spec.maxReplicas ?? deployment!.spec.replicas!;
}

function settingsOfPostgres(manifests: readonly Manifest[]): Record<string, string> {
  const postgres = workloads(manifests).find(({ component }) => component === 'postgres')!;
  const settings = postgres.pod.containers[0]!.args!.filter((argument) => argument.includes('='));
  return Object.fromEntries(settings.map((setting) => setting.split('=') as [string, string]));
}

function memoryLimit(manifests: readonly Manifest[], component: string): number {
  const { pod } = workloads(manifests).find((one) => one.component === component)!;
  const limits = containersOf(pod).map(({ resources }) => bytes(resources!.limits!['memory']!));
  return Math.min(...limits);
}

/** As Kubernetes, Postgres or Redis writes it. */
function bytes(amount: string): number {
  const [, number, unit] = /^(\d+)([KMG])i?B?$/i.exec(amount)!;
  return Number(number) * 1024 ** ({ K: 1, M: 2, G: 3 }[unit!.toUpperCase()] ?? 0);
}
