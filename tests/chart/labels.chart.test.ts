import { expect, it } from 'vitest';

import { render, renderText, renderVersion } from './helm.ts';
import { ofKind, workloads } from './manifests.ts';
import { scenarios } from './scenarios.ts';
import { picks } from './selectors.ts';

/** The same key in all places that take labels. */
const everywhere = {
  commonLabels: { release: 'common', team: 'links', 'app.kubernetes.io/part-of': 'shop' },
  serviceMonitor: { enabled: true, labels: { release: 'own' } },
  prometheusRule: { enabled: true, labels: { release: 'own' } },
  grafanaDashboards: { enabled: true, labels: { release: 'own' } },
  ingress: { labels: { release: 'own' } },
  auth: { labels: { release: 'own' }, podLabels: { release: 'own' } },
  redis: { podAnnotations: { 'checksum/config': 'mine' } },
};

it('no label or annotation is rendered twice, for any values', async () => {
  // The parser refuses a key that is given twice, as Kustomize, Flux and Argo CD do.
  await expect(render({ values: everywhere })).resolves.toBeDefined();
  await expect(renderText({ values: everywhere })).resolves.toContain('team: links');
});

it('a label of one object wins over the common one', async () => {
  const manifests = await render({ values: everywhere });
  const labelsOf = (kind: string) =>
    manifests.filter((one) => one.kind === kind).map(({ metadata }) => metadata.labels!['release']);
  expect(new Set(labelsOf('ServiceMonitor'))).toEqual(new Set(['own']));
  expect(new Set(labelsOf('PrometheusRule'))).toEqual(new Set(['own']));
  expect(new Set(labelsOf('Ingress'))).toEqual(new Set(['own']));
  expect(new Set(labelsOf('Service'))).toEqual(new Set(['common']));
  for (const { component, labels } of workloads(manifests)) {
    expect(labels['release']).toBe(component === 'auth' ? 'own' : 'common');
    expect(labels['app.kubernetes.io/part-of']).toBe('shop');
  }
});

it('labels of the values leave every selector with its pods', async () => {
  const manifests = await render({ values: everywhere });
  const plain = await render({});
  for (const kind of ['Deployment', 'StatefulSet'] as const) {
    for (const { metadata, spec } of ofKind(manifests, kind)) {
      expect(picks(spec.selector as never, spec.template.metadata!.labels!)).toBe(true);
      const before = ofKind(plain, kind).find((one) => one.metadata.name === metadata.name);
      expect(spec.selector).toEqual(before?.spec.selector);
    }
  }
});

it('a version with a build and a long pre-release is a valid label', async () => {
  const manifests = await renderVersion(`1.2.3-${'a'.repeat(60)}+build.7`);
  for (const { labels } of manifests.map(({ metadata }) => metadata)) {
    const versions = [labels!['app.kubernetes.io/version'], labels!['helm.sh/chart']];
    for (const version of versions) expect(version).toMatch(/^\w[\w.-]{0,61}\w$/);
  }
  const [short] = await renderVersion('1.2.3+build.7');
  expect(short?.metadata.labels).toMatchObject({
    'app.kubernetes.io/version': '1.2.3_build.7',
    'helm.sh/chart': 'relay-1.2.3_build.7',
  });
});

it('the annotation by which Redis restarts stays', async () => {
  const redis = workloads(await render({ values: everywhere })).find(
    ({ component }) => component === 'redis',
  );
  expect(redis?.annotations['checksum/config']).toMatch(/^[0-9a-f]{64}$/);
});

it.each(['name', 'instance', 'component', 'version', 'managed-by'])(
  'the label app.kubernetes.io/%s of the values is refused, and named',
  async (name) => {
    const key = `app.kubernetes.io/${name}`;
    await expect(render({ values: { commonLabels: { [key]: 'theirs' } } })).rejects.toThrow(key);
    await expect(
      render({ values: { serviceMonitor: { labels: { [key]: 'theirs' } } } }),
    ).rejects.toThrow(key);
  },
);

it.each([
  ['Deployment', scenarios['with its defaults']],
  ['StatefulSet', scenarios['with its defaults']],
] as const)('a %s has the fields that an upgrade cannot change', async (kind, installation) => {
  const fixed = ofKind(await render(installation), kind).map(({ metadata, spec }) => ({
    name: metadata.name,
    selector: spec.selector,
    ...('volumeClaimTemplates' in spec && {
      serviceName: spec.serviceName,
      claims: spec.volumeClaimTemplates,
    }),
  }));
  const expected = {
    Deployment: ['auth', 'post', 'web', 'redis-exporter', 'postgres-exporter'].map(component),
    StatefulSet: [store('redis', '1Gi'), store('postgres', '4Gi')],
  };
  expect(fixed.toSorted(byName)).toEqual(expected[kind].toSorted(byName));
});

function byName(a: { name: string }, b: { name: string }): number {
  return a.name.localeCompare(b.name);
}

function component(of: string) {
  const matchLabels = {
    'app.kubernetes.io/name': 'relay',
    'app.kubernetes.io/instance': 'relay',
    'app.kubernetes.io/component': of,
  };
  return { name: `relay-${of}`, selector: { matchLabels } };
}

function store(of: string, storage: string) {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } };
  const claims = [{ metadata: { name: 'data' }, spec }];
  return { ...component(of), serviceName: `relay-${of}`, claims };
}
