import { expect, it } from 'vitest';

import { renderUmbrella } from './charts.ts';
import { render } from './helm.ts';
import { environmentOf, workloads } from './manifests.ts';
import { refusedByScc } from './scc.ts';
import { scenarios } from './scenarios.ts';

const refused = async (installation: object) =>
  workloads(await render(installation)).flatMap(({ name, pod }) =>
    refusedByScc(pod).map((what) => `${name}: ${what}`),
  );

it('the SCC restricted-v2 admits every pod with values-openshift.yaml', async () => {
  expect(workloads(await render(scenarios['on OpenShift'])).length).toBe(10);
  expect(await refused(scenarios['on OpenShift'])).toEqual([]);
});

it('the SCC refuses every pod without them, since each has a user of its own', async () => {
  const found = await refused({});
  for (const { name } of workloads(await render({}))) {
    expect(found).toContain(`${name}: pod: runAsUser`);
    expect(found).toContain(`${name}: pod: fsGroup`);
  }
});

it.each([
  ['a profile', { podSecurityContext: { seccompProfile: { type: 'Unconfined' } } }],
  ['root', { podSecurityContext: { runAsNonRoot: null } }],
  ['privileges', { containerSecurityContext: { allowPrivilegeEscalation: true } }],
  ['capabilities', { containerSecurityContext: { capabilities: { add: ['NET_RAW'] } } }],
  ['a folder of the node', { extraVolumes: [{ name: 'node', hostPath: { path: '/' } }] }],
])('the SCC refuses %s that the values add', async (_what, redis) => {
  const found = await refused({ files: ['values-openshift.yaml'], values: { redis } });
  expect(found).toHaveLength(1);
});

it('the SCC admits every pod where values.yaml of a chart around it has global.openshift', async () => {
  const pods = workloads(
    await renderUmbrella({}, undefined, {
      global: { openshift: true },
      // Helm drops a null here, and the default of the chart stays.
      relay: { auth: { podSecurityContext: { runAsUser: null } } },
    }),
  );
  expect(pods).toHaveLength(10);
  expect(pods.flatMap(({ pod }) => refusedByScc(pod))).toEqual([]);
  const postgres = pods.find(({ component }) => component === 'postgres')!;
  const { POSTGRES_INITDB_ARGS: args } = environmentOf(postgres.pod.containers[0]!);
  expect(args).toContain('--auth-local=trust');
});

it('users and groups of the values are left out on OpenShift, of containers too', async () => {
  const redis = {
    podSecurityContext: { runAsUser: 1 },
    containerSecurityContext: { runAsUser: 1, runAsGroup: 1 },
  };
  expect(await refused({ files: ['values-openshift.yaml'], values: { redis } })).toEqual([]);
});

it('Postgres needs no name of a user that the cluster has chosen', async () => {
  expect(await argumentsOf({})).toContain('--auth-local=peer');
  expect(await argumentsOf(scenarios['on OpenShift'])).toContain('--auth-local=trust');
  for (const installation of [{}, scenarios['on OpenShift']]) {
    expect(await argumentsOf(installation)).toContain('--auth-host=scram-sha-256');
  }
});

async function argumentsOf(installation: object): Promise<string | undefined> {
  const pods = workloads(await render(installation));
  const postgres = pods.find(({ component }) => component === 'postgres')!;
  return environmentOf(postgres.pod.containers[0]!)['POSTGRES_INITDB_ARGS'];
}
