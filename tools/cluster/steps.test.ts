import { describe, expect, test } from 'vitest';

import { readSettings, type Settings } from './options.ts';
import { deploySteps, upSteps, type Step } from './steps.ts';
import { failure, fakeRun, type FakeRun } from './testing/fake-run.ts';
import { unnamed } from './testing/recorded-cluster.ts';

const ID = `sha256:${'0123456789abcdef'.repeat(4)}`;
const NODE_HAS = ['auth', 'post'].map((name) => `docker.io/library/relay-${name}:dev-0123456789ab`);
const NODE = [/kind get nodes/, 'relay-control-plane'] as const;
const INSPECT = [/image inspect/, ID] as const;
const CRD = 'customresourcedefinition.apiextensions.k8s.io/servicemonitors.monitoring.coreos.com';

/** A cluster that has all of it already. */
const COMPLETE: Parameters<typeof fakeRun>[0] = [
  INSPECT,
  [/kind get clusters/, 'relay'],
  NODE,
  [/readyz/, 'ok'],
  [/get deployment\/contour/, 'deployment.apps/contour'],
  [/get customresourcedefinition/, CRD],
  [/helm status/, failure('release: not found')],
  [/ctr .*images list/, NODE_HAS.join('\n')],
];

function optionsFor(
  { run }: FakeRun,
  settings: Settings = readSettings({}),
  answers = async () => true,
) {
  return { run, settings, isPortFree: async () => true, answers };
}

/** What each step said of itself, by its title. */
async function take(steps: readonly Step[]): Promise<Record<string, string>> {
  const said: Record<string, string> = {};
  for (const { title, run } of steps) {
    const outcome = await run(() => {});
    said[title] = !outcome ? 'done' : 'skipped' in outcome ? 'skipped' : outcome.done;
  }
  return said;
}

/** Why the ingress controller was left as it is. */
async function ingressStep(fake: FakeRun, settings: Settings): Promise<string | undefined> {
  const steps = upSteps(optionsFor(fake, settings));
  const outcome = await steps.find(({ title }) => title === 'Ingress controller')!.run(() => {});
  return outcome && 'skipped' in outcome ? outcome.skipped : undefined;
}

describe('bringing it all up', () => {
  test('does each step on a machine that has nothing', async () => {
    const fake = fakeRun([INSPECT, NODE]);
    expect(await take(upSteps(optionsFor(fake)))).toEqual({
      'Cluster relay': 'done',
      'Namespace relay': 'done',
      'Ingress controller': 'done',
      Monitoring: 'done',
      'Image of auth': 'relay-auth:dev-0123456789ab',
      'Image of post': 'relay-post:dev-0123456789ab',
      'Load into the nodes': 'relay-auth:dev-0123456789ab, relay-post:dev-0123456789ab',
      'Release relay': 'done',
      'Relay answers': 'done',
    });
  });

  test('skips what is there, and still builds and upgrades', async () => {
    const fake = fakeRun(COMPLETE);
    const said = await take(upSteps(optionsFor(fake)));
    const skipped = Object.keys(said).filter((title) => said[title] === 'skipped');
    expect(skipped).toEqual([
      'Cluster relay',
      'Ingress controller',
      'Monitoring',
      'Load into the nodes',
    ]);
    const all = fake.commands.join('\n');
    expect(all).not.toMatch(/kind create|kind load|--kustomize|install kube-prometheus-stack/);
    expect(all).toMatch(/helm upgrade --install relay charts\/relay/);
  });

  test.each([
    ['nothing', [INSPECT, NODE]],
    ['everything', COMPLETE],
  ])(
    'names the cluster in every command, on one that has %s',
    async (_, answers: typeof COMPLETE) => {
      const fake = fakeRun(answers);
      await take(upSteps(optionsFor(fake)));
      expect(unnamed(fake.commands)).toEqual([]);
    },
  );

  test('runs the chart with the images that were built', async () => {
    const fake = fakeRun(COMPLETE);
    await take(deploySteps(optionsFor(fake)));
    const upgrade = fake.commands.find((command) => command.startsWith('helm upgrade'));
    expect(upgrade).toContain('--values charts/relay/values-kind.yaml');
    expect(upgrade).toContain('auth.image.tag=dev-0123456789ab');
    expect(upgrade).toContain('post.image.tag=dev-0123456789ab');
    expect(upgrade).toContain('--wait');
  });

  test('an upgrade does not touch the cluster around the release', async () => {
    const fake = fakeRun(COMPLETE);
    await take(deploySteps(optionsFor(fake)));
    expect(fake.commands.join('\n')).not.toMatch(/kind create|kubectl .*apply|monitoring/);
  });

  test('is a failure when nothing answers in the end', async () => {
    const fake = fakeRun(COMPLETE);
    const steps = deploySteps(optionsFor(fake, readSettings({}), async () => false));
    await expect(take(steps)).rejects.toThrow(/does not answer through the ingress/);
  });
});

describe("a cluster that is not kind's", () => {
  const settings = readSettings({ CLUSTER_CONTEXT: 'staging', REGISTRY: 'ghcr.io/you' });

  test('gets images through the registry, and nothing of kind', async () => {
    const fake = fakeRun(COMPLETE);
    const said = await take(upSteps(optionsFor(fake, settings)));
    expect(said).toMatchObject({ Cluster: 'skipped', 'Push to ghcr.io/you': 'done' });
    expect(fake.commands).toContain('docker push --quiet ghcr.io/you/relay-post:dev-0123456789ab');
    expect(fake.commands.join('\n')).not.toMatch(/^kind |kind-relay/m);
  });

  test('is told to admit an ingress controller that is not Contour', async () => {
    const other = 'ingressclass.networking.k8s.io/nginx';
    const fake = fakeRun([
      [/get deployment\/contour/, ''],
      [/get ingressclasses/, other],
      ...COMPLETE,
    ]);
    const said = await ingressStep(fake, settings);
    expect(said).toContain(`${other} is there`);
    expect(said).toContain('networkPolicy.ingressFrom');
    expect(await ingressStep(fakeRun(COMPLETE), settings)).toBe('deployment.apps/contour is there');
  });

  test.each([
    ['an ingress controller', /contour/],
    ['the Prometheus Operator', /customresourcedefinition/],
  ])('is left alone when it has not got %s', async (what, without) => {
    const fake = fakeRun([[without, ''], ...COMPLETE]);
    await expect(take(upSteps(optionsFor(fake, settings)))).rejects.toThrow(
      `The cluster staging has not got ${what}`,
    );
    expect(fake.commands.join('\n')).not.toMatch(/--kustomize|helm upgrade/);
  });
});
