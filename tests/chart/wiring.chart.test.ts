import { describe, expect, it } from 'vitest';

import { render } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { containersOf, namedPorts, ofKind, workloads, type Workload } from './manifests.ts';
import { everyScenario, scenarios, servicesOf } from './scenarios.ts';
import { picks, type Selector } from './selectors.ts';
import { resolvePort, routes } from './wiring.ts';

const COMPONENT = 'app.kubernetes.io/component';

/** Every object that selects pods, and its selector. */
function podSelectors(manifests: readonly Manifest[]): [Manifest, Selector][] {
  const services = ofKind(manifests, 'Service').map((service): [Manifest, Selector] => [
    service,
    { matchLabels: service.spec!.selector! },
  ]);
  const others = [
    ...ofKind(manifests, 'Deployment'),
    ...ofKind(manifests, 'StatefulSet'),
    ...ofKind(manifests, 'PodDisruptionBudget'),
  ];
  return [
    ...services,
    ...others.map((one): [Manifest, Selector] => [one, one.spec!.selector as Selector]),
  ];
}

/** The names of the volumes that a pod has, and of those that its containers mount. */
function volumesOf({ kind, pod }: Workload) {
  // The one template of a claim that a StatefulSet of this chart has.
  const claimed = kind === 'StatefulSet' ? ['data'] : [];
  const mounts = containersOf(pod).flatMap(({ volumeMounts = [] }) => volumeMounts);
  return {
    had: [...claimed, ...(pod.volumes ?? []).map(({ name }) => name)].sort(),
    mounted: [...new Set(mounts.map(({ name }) => name))].sort(),
  };
}

describe.each(everyScenario)('the chart %s', (_name, scenario) => {
  const { release = 'relay', namespace = 'relay' } = scenario;

  it('selects by name, instance and component, those pods and no others', async () => {
    const manifests = await render(scenario);
    const other = await render({ ...scenario, release: 'other', namespace });
    const pods = workloads([...manifests, ...other]);
    const selected = podSelectors(manifests).map(([{ kind, metadata }, selector]) => {
      const picked = pods.filter(({ labels }) => picks(selector, labels));
      return {
        kind,
        name: metadata.name,
        by: selector,
        picked: picked.map(({ labels }) => labels),
      };
    });
    const expected = podSelectors(manifests).map(([{ kind, metadata }]) => {
      const identity = {
        'app.kubernetes.io/name': 'relay',
        'app.kubernetes.io/instance': release,
        [COMPONENT]: metadata.labels?.[COMPONENT],
      };
      const picked = [expect.objectContaining(identity) as object];
      return { kind, name: metadata.name, by: { matchLabels: identity }, picked };
    });
    expect(expected.length).toBeGreaterThan(4);
    expect(selected).toEqual(expected);
  });

  it('spreads the pods of a service by their own labels', async () => {
    const spread = workloads(await render(scenario)).flatMap(({ component, labels, pod }) =>
      (pod.topologySpreadConstraints ?? []).map(({ topologyKey, labelSelector }) => ({
        component,
        topologyKey,
        picksItsOwn: picks(labelSelector as Selector, labels),
        byInstance: labelSelector?.matchLabels?.['app.kubernetes.io/instance'] === release,
      })),
    );
    const well = { picksItsOwn: true, byInstance: true };
    expect(spread).toEqual(
      servicesOf(scenario).flatMap((component) => [
        { component, topologyKey: 'kubernetes.io/hostname', ...well },
        { component, topologyKey: 'topology.kubernetes.io/zone', ...well },
      ]),
    );
  });

  it('leads every port of a Service to a named port of a container', async () => {
    const manifests = await render(scenario);
    const ports = ofKind(manifests, 'Service').flatMap(({ metadata, spec }) =>
      spec!.ports!.map(({ name }) => ({ service: metadata.name, port: name! })),
    );
    const lost = ports.filter(({ service, port }) => !resolvePort(manifests, service, port));
    expect(ports.length).toBeGreaterThan(3);
    expect(lost).toEqual([]);
  });

  it('probes ports that the container has', async () => {
    const probed = workloads(await render(scenario)).flatMap(({ name, pod }) =>
      pod.containers
        .flatMap(({ startupProbe, livenessProbe, readinessProbe }) => [
          startupProbe,
          livenessProbe,
          readinessProbe,
        ])
        .flatMap((probe) => probe?.httpGet ?? [])
        .map(({ port }) => ({ name, port, found: namedPorts(pod)[String(port)] })),
    );
    expect(probed.length).toBeGreaterThan(1);
    expect(probed.filter(({ found }) => found === undefined)).toEqual([]);
  });

  it('routes the API and the page to the public ports of the services', async () => {
    const routed = routes(await render(scenario));
    const name = routed[0]?.service.replace(/-auth$/, '');
    const paths: Record<string, string> = { auth: '/api/auth', post: '/api/posts', web: '/' };
    expect(routed).toEqual(
      servicesOf(scenario).map((service) => ({
        path: paths[service],
        pathType: 'Prefix',
        service: `${name}-${service}`,
        port: 8080,
      })),
    );
  });

  it('watches the metrics of every component that has some, if it watches any', async () => {
    const manifests = await render(scenario);
    const services = ofKind(manifests, 'Service');
    const monitors = ofKind(manifests, 'ServiceMonitor');
    const watched = monitors.flatMap(({ spec }) =>
      services
        .filter(({ metadata }) => picks(spec.selector, metadata.labels ?? {}))
        .flatMap(({ metadata: { name } }) =>
          spec.endpoints.map(({ port }) => `${name}:${resolvePort(manifests, name, port!)}`),
        ),
    );
    const withMetrics = services
      .filter(({ spec }) => spec!.ports!.some((port) => port.name === 'metrics'))
      .map(({ metadata: { name } }) => `${name}:${resolvePort(manifests, name, 'metrics')}`);
    expect(new Set(watched)).toEqual(new Set(monitors.length === 0 ? [] : withMetrics));
    const byInstance = monitors.map(
      ({ spec }) => spec.selector.matchLabels?.['app.kubernetes.io/instance'],
    );
    expect(new Set(byInstance)).toEqual(new Set(monitors.length === 0 ? [] : [release]));
  });

  it('leaves the number of pods to the autoscaler, where there is one', async () => {
    const manifests = await render(scenario);
    const scaled = ofKind(manifests, 'HorizontalPodAutoscaler').map(
      ({ spec }) => spec.scaleTargetRef,
    );
    const without = ofKind(manifests, 'Deployment').filter(
      ({ spec }) => spec.replicas === undefined,
    );
    expect(scaled.map(({ kind, name }) => `${kind}/${name}`)).toEqual(
      without.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    );
  });

  it('gives each StatefulSet the Service that it names', async () => {
    const manifests = await render(scenario);
    const names = new Set(ofKind(manifests, 'Service').map(({ metadata }) => metadata.name));
    const named = ofKind(manifests, 'StatefulSet').map(({ spec }) => spec.serviceName!);
    expect(named.filter((name) => !names.has(name))).toEqual([]);
  });

  it('gives each pod an account of its own', async () => {
    const manifests = await render(scenario);
    const made = ofKind(manifests, 'ServiceAccount').map(({ metadata }) => metadata.name);
    const used = workloads(manifests).map(({ pod }) => pod.serviceAccountName!);
    expect(used.sort()).toEqual(made.sort());
  });

  it('mounts every volume of a pod, and defines every mounted volume', async () => {
    const volumes = workloads(await render(scenario)).map(volumesOf);
    expect(volumes.map(({ mounted }) => mounted)).toEqual(volumes.map(({ had }) => had));
  });

  it('creates every ConfigMap that a pod mounts, or names it in its values', async () => {
    const manifests = await render(scenario);
    const made = new Set(ofKind(manifests, 'ConfigMap').map(({ metadata }) => metadata.name));
    const given = new Set(['their-ca', 'relay-ca']);
    const mounted = workloads(manifests).flatMap(({ pod }) =>
      (pod.volumes ?? []).flatMap(({ configMap }) => configMap?.name ?? []),
    );
    expect(mounted.filter((name) => !made.has(name) && !given.has(name))).toEqual([]);
  });
});

it('annotates the Service of each service with the annotations of the values', async () => {
  const { auth, post, web } = scenarios['with every list and map filled'].values;
  const services = ofKind(await render(scenarios['with every list and map filled']), 'Service');
  const annotated = services.flatMap(({ metadata: { name, annotations } }) =>
    annotations ? [[name, annotations]] : [],
  );
  expect(Object.fromEntries(annotated)).toEqual({
    'relay-auth': auth.serviceAnnotations,
    'relay-post': post.serviceAnnotations,
    'relay-web': web.serviceAnnotations,
  });
});
