import { describe, expect, it } from 'vitest';

import { HelmError, render } from './helm.ts';
import { containersOf, environmentOf, ofKind, workloads } from './manifests.ts';
import { refusedByRestricted } from './pod-security.ts';
import { everyScenario, scenarios, servicesOf } from './scenarios.ts';

describe.each(everyScenario)('each pod of the chart %s', (_name, scenario) => {
  const isDeveloped = scenario.files?.includes('values-dev.yaml') ?? false;

  it('conforms to the Pod Security Standard "restricted"', async () => {
    const pods = workloads(await render(scenario));
    expect(pods.length).toBeGreaterThan(4);
    expect(
      pods.flatMap(({ name, pod }) => refusedByRestricted(pod).map((what) => `${name}: ${what}`)),
    ).toEqual([]);
  });

  it('writes to volumes alone, and never to a Secret or a ConfigMap', async () => {
    const pods = workloads(await render(scenario));
    const writable = pods.filter(({ pod }) =>
      containersOf(pod).some(({ securityContext }) => !securityContext?.readOnlyRootFilesystem),
    );
    // `skaffold dev` copies changed sources into the pods of the services.
    expect(writable.map(({ component }) => component)).toEqual(
      isDeveloped ? servicesOf(scenario) : [],
    );
    const mounts = pods.flatMap(({ name, pod }) => {
      const volumes = (pod.volumes ?? []).filter((volume) => volume.secret ?? volume.configMap);
      const kept = new Set(volumes.map((volume) => volume.name));
      return containersOf(pod)
        .flatMap(({ volumeMounts = [] }) => volumeMounts)
        .filter((mount) => kept.has(mount.name) && !mount.readOnly)
        .map((mount) => `${name}: ${mount.name}`);
    });
    expect(mounts).toEqual([]);
  });

  it('limits its storage on the node', async () => {
    const empty = workloads(await render(scenario)).flatMap(({ pod }) =>
      (pod.volumes ?? []).flatMap(({ emptyDir }) => (emptyDir ? [emptyDir.sizeLimit] : [])),
    );
    expect(empty).not.toContain(undefined);
  });

  it('is given no token, and no addresses of its neighbours', async () => {
    const manifests = await render(scenario);
    const pods = workloads(manifests).map(({ pod }) => pod);
    expect(pods.filter((pod) => pod.automountServiceAccountToken !== false)).toEqual([]);
    expect(pods.filter((pod) => pod.enableServiceLinks !== false)).toEqual([]);
    const accounts = ofKind(manifests, 'ServiceAccount');
    expect(accounts.filter((account) => account.automountServiceAccountToken !== false)).toEqual(
      [],
    );
  });

  it('sets its requests, and a memory limit', async () => {
    const needs = workloads(await render(scenario)).flatMap(({ name, pod }) =>
      containersOf(pod).map(({ resources = {} }) => ({ name, ...resources })),
    );
    const amount = expect.stringMatching(/^\d+(m|Mi|Gi)?$/) as string;
    expect(needs).toEqual(
      needs.map(({ name }) => ({
        name,
        requests: { cpu: amount, memory: amount },
        limits: expect.objectContaining({ memory: amount }) as object,
      })),
    );
  });

  it('is replaced only when its successor is ready, if it serves', async () => {
    const deployments = ofKind(await render(scenario), 'Deployment');
    const served = deployments.filter(({ spec }) => spec.template.spec.containers[0]?.lifecycle);
    expect(served.map(({ metadata }) => metadata.name.replace(/^.*-/, ''))).toEqual(
      servicesOf(scenario),
    );
    const unavailable = served.map(({ spec }) => spec.strategy?.rollingUpdate?.maxUnavailable);
    expect(new Set(unavailable)).toEqual(new Set([0]));
    const probes = served.map(
      ({ spec }) => spec.template.spec.containers[0]?.readinessProbe?.httpGet,
    );
    expect(probes).toEqual(served.map(() => ({ path: '/readyz', port: 'admin' })));
  });
});

it('is placed and pulled by the values', async () => {
  const { values } = scenarios['with every list and map filled'];
  const { nodeSelector, tolerations } = values;
  const pods = workloads(await render({ values })).map(({ pod }) => pod);
  const said = { nodeSelector, tolerations, imagePullSecrets: [{ name: 'registry' }] };
  expect(pods).toEqual(pods.map((pod) => ({ ...pod, ...said })));
});

describe("a service's pod", () => {
  it.each([
    [5, 25],
    [1, 1],
    [20, 120],
  ])(
    'has time to end: %i s of sleep and %i s of its own',
    async (preStopSeconds, deadlineSeconds) => {
      const shutdown = { preStopSeconds, deadlineSeconds };
      const services = ofKind(await render({ values: { shutdown } }), 'Deployment')
        .map(({ spec }) => spec.template.spec)
        .filter(({ containers }) => containers[0]?.lifecycle);
      expect(services).toHaveLength(3);
      for (const pod of services) {
        const [container] = pod.containers;
        expect(container?.lifecycle?.preStop?.sleep?.seconds).toBe(preStopSeconds);
        expect(environmentOf(container!)['SHUTDOWN_DEADLINE_MS']).toBe(
          String(deadlineSeconds * 1000),
        );
        expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(preStopSeconds + deadlineSeconds);
      }
    },
  );

  it.each([
    ['128Mi', 128],
    ['320Mi', 320],
    ['1Gi', 1024],
    ['1.5Gi', 1536],
  ])('leaves room beside its heap in %s', async (memory, mebibytes) => {
    const values = { auth: { resources: { requests: { memory }, limits: { memory } } } };
    const auth = ofKind(await render({ values }), 'Deployment').find(
      ({ spec }) => spec.template.spec.containers[0]?.name === 'auth',
    );
    const options = environmentOf(auth!.spec.template.spec.containers[0]!)['NODE_OPTIONS'];
    const heap = Number(/^--max-old-space-size=(\d+)$/.exec(options!)?.[1]);
    expect(heap).toBeGreaterThan(0.5 * mebibytes);
    expect(heap).toBeLessThan(0.75 * mebibytes);
  });

  it('is refused a memory limit from which no heap can be had', async () => {
    const values = { post: { resources: { limits: { memory: '512M' } } } };
    await expect(render({ values })).rejects.toThrow(HelmError);
  });

  it('is not ended by the kubelet while its code is being changed', async () => {
    const developed = ofKind(await render(scenarios['while developing']), 'Deployment');
    const probed = developed.filter(({ spec }) => spec.template.spec.containers[0]?.livenessProbe);
    expect(probed.map(({ metadata }) => metadata.name)).toEqual([
      'relay-redis-exporter',
      'relay-postgres-exporter',
    ]);
  });
});

describe('in production', () => {
  it('no Deployment may shrink to a single pod, or be drained to none', async () => {
    const manifests = await render(scenarios['in production']);
    const scalers = ofKind(manifests, 'HorizontalPodAutoscaler');
    const deployments = ofKind(manifests, 'Deployment').map(({ metadata: { name }, spec }) => {
      const scaler = scalers.find((one) => one.spec?.scaleTargetRef.name === name);
      return { name, least: spec.replicas ?? scaler?.spec?.minReplicas ?? 1 };
    });
    const names = servicesOf(scenarios['in production']).map((service) => `relay-${service}`);
    expect(deployments.map(({ name }) => name)).toEqual(names);
    expect(deployments.filter(({ least }) => least < 2)).toEqual([]);
    const budgets = ofKind(manifests, 'PodDisruptionBudget');
    expect(budgets.map(({ metadata }) => metadata.name)).toEqual(names);
    // Else an unhealthy pod keeps its node from being drained.
    const unhealthy = budgets.map(({ spec }) => spec!.unhealthyPodEvictionPolicy);
    expect(new Set(unhealthy)).toEqual(new Set(['AlwaysAllow']));
  });

  it('the services come from a registry, which no node can guess', async () => {
    const pods = workloads(await render(scenarios['in production'])).map(({ pod }) => pod);
    const images = new Set(pods.flatMap(containersOf).map(({ image }) => image!.split(':')[0]));
    expect([...images]).toEqual(
      servicesOf(scenarios['in production']).map(
        (service) => `registry.example.com/relay-${service}`,
      ),
    );
  });

  it('the chart keeps no data and makes no password', async () => {
    const manifests = await render(scenarios['in production']);
    expect(ofKind(manifests, 'StatefulSet')).toEqual([]);
    expect(ofKind(manifests, 'Secret')).toEqual([]);
  });
});
