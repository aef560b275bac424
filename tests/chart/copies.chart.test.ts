import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';

import { expect, it } from 'vitest';

import { renderCopy, renderUmbrella } from './charts.ts';
import { CHART, HelmError, render } from './helm.ts';
import { ofKind, workloads } from './manifests.ts';
import { scenarios } from './scenarios.ts';

const watched = {
  values: {
    ...scenarios['with Secrets of its own'].values,
    serviceMonitor: { enabled: true },
    prometheusRule: { enabled: true },
    grafanaDashboards: { enabled: true },
  },
};

it('a copy of its folder renders as the chart itself does', async () => {
  expect(await renderCopy(watched)).toEqual(await render(watched));
});

it('no file of the chart is a link: Flux and Windows drop those', async () => {
  const entries = await readdir(CHART, { recursive: true, withFileTypes: true });
  expect(entries.length).toBeGreaterThan(30);
  expect(entries.filter((entry) => entry.isSymbolicLink())).toEqual([]);
});

it.each(['dashboards', 'alerts'])(
  'a copy without %s is rejected if they are enabled',
  async (folder) => {
    const remove = (copy: string) => rm(path.join(copy, folder), { recursive: true });
    await expect(renderCopy(watched, remove)).rejects.toThrow(`has no ${folder}`);
    await expect(renderCopy({}, remove)).resolves.toBeDefined();
  },
);

it('a chart around it switches it on and off', async () => {
  const on = await renderUmbrella({ relay: { enabled: true } }, 'relay.enabled');
  expect(ofKind(on, 'Deployment').map(({ metadata }) => metadata.name)).toContain('shop-auth');
  expect(await renderUmbrella({ relay: { enabled: false } }, 'relay.enabled')).toEqual([]);
});

it('a chart around it gives every image its registry, and every pod its Secrets', async () => {
  const global = {
    imageRegistry: 'mirror.example.com:5000/hub',
    imagePullSecrets: [{ name: 'mirror' }, 'registry'],
  };
  const relay = {
    imagePullSecrets: ['registry'],
    auth: { image: { repository: 'registry.example.com/shop/relay-auth', tag: 'v1' } },
    post: { image: { repository: 'localhost/relay-post', tag: 'v1' } },
    redis: { image: { repository: 'docker.io/redis' } },
  };
  const pods = workloads(await renderUmbrella({ global, relay })).map(({ pod }) => pod);
  const images = pods.flatMap(({ containers }) => containers.map(({ image }) => image!));
  expect([...new Set(images)].map((image) => image.replace(/:[^:/]*$/, '')).toSorted()).toEqual(
    [
      'oliver006/redis_exporter',
      'postgres',
      'prometheuscommunity/postgres-exporter',
      'redis',
      'relay-post',
      'relay-web',
      'shop/relay-auth',
    ].map((repository) => `${global.imageRegistry}/${repository}`),
  );
  for (const { imagePullSecrets } of pods) {
    expect(imagePullSecrets).toEqual([{ name: 'registry' }, { name: 'mirror' }]);
  }
});

it.each([
  [{}, undefined],
  [{ global: { storageClass: 'fast' } }, 'fast'],
  [{ global: { storageClass: 'fast' }, redis: { persistence: { storageClass: 'slow' } } }, 'slow'],
  [{ redis: { persistence: { storageClass: '-' } } }, ''],
])('with the values %j a volume is of the class %j', async (values, expected) => {
  const sets = ofKind(await render({ values }), 'StatefulSet');
  const redis = sets.find(({ metadata }) => metadata.name === 'relay-redis');
  expect(redis?.spec.volumeClaimTemplates?.[0]?.spec?.storageClassName).toBe(expected);
});

it('values that a parent chart sets to null are left out', async () => {
  const context = { runAsUser: null, runAsGroup: null, fsGroup: null };
  const relay = { auth: { podSecurityContext: context } };
  const auth = workloads(await renderUmbrella({ relay })).find(({ name }) => name === 'shop-auth');
  expect(auth?.pod.securityContext).toEqual({
    runAsNonRoot: true,
    fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  });
});

it('a value that the chart does not have is refused in a chart around it too', async () => {
  await expect(renderUmbrella({ relay: { logLevle: 'info' } })).rejects.toThrow(HelmError);
});
