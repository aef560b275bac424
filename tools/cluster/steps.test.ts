import { describe, expect, test } from 'vitest';

import { failure, fakeRun, type FakeRun } from '../kit/testing/fake-run.ts';
import { unnamed } from '../kit/testing/recorded-cluster.ts';
import { readSettings, type Settings } from './options.ts';
import { deploySteps, upSteps, type Step } from './steps.ts';

const ID = `sha256:${'0123456789abcdef'.repeat(4)}`;
const NODE_HAS = ['auth', 'post', 'web'].map(
  (name) => `docker.io/library/relay-${name}:dev-0123456789ab`,
);
const NODE = [/kind get nodes/, 'relay-control-plane'] as const;
const INSPECT = [/image inspect/, ID] as const;
const CRD = 'customresourcedefinition.apiextensions.k8s.io/servicemonitors.monitoring.coreos.com';

/** A cluster with every component. */
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
  assertHealthy = async () => {},
) {
  return { run, settings, isPortFree: async () => true, assertHealthy };
}

/** Runs the steps. Returns the outcome of each by its title. */
async function runAll(steps: readonly Step[]): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const { title, run } of steps) {
    const outcome = await run(() => {});
    outcomes[title] = !outcome ? 'done' : 'skipped' in outcome ? 'skipped' : outcome.done;
  }
  return outcomes;
}

const unhealthy = () => Promise.reject(new Error('answers 503'));

/** The reason for which the step of the ingress controller was skipped. */
async function ingressStep(fake: FakeRun, settings: Settings): Promise<string | undefined> {
  const steps = upSteps(optionsFor(fake, settings));
  const outcome = await steps.find(({ title }) => title === 'Ingress controller')!.run(() => {});
  return outcome && 'skipped' in outcome ? outcome.skipped : undefined;
}

describe('the steps of npm run cluster', () => {
  test('run all on an empty machine', async () => {
    const fake = fakeRun([INSPECT, NODE]);
    expect(await runAll(upSteps(optionsFor(fake)))).toEqual({
      'Cluster relay': 'done',
      'Namespace relay': 'done',
      'Ingress controller': 'done',
      Monitoring: 'done',
      'Image of auth': 'relay-auth:dev-0123456789ab',
      'Image of post': 'relay-post:dev-0123456789ab',
      'Image of web': 'relay-web:dev-0123456789ab',
      'Load into the nodes': ['auth', 'post', 'web']
        .map((service) => `relay-${service}:dev-0123456789ab`)
        .join(', '),
      'Release relay': 'done',
      'Relay answers': 'done',
    });
  });

  test('skip existing components, and still build and upgrade', async () => {
    const fake = fakeRun(COMPLETE);
    const outcomes = await runAll(upSteps(optionsFor(fake)));
    const skipped = Object.keys(outcomes).filter((title) => outcomes[title] === 'skipped');
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
    'name the cluster in every command, on a cluster with %s',
    async (_, answers: typeof COMPLETE) => {
      const fake = fakeRun(answers);
      await runAll(upSteps(optionsFor(fake)));
      expect(unnamed(fake.commands)).toEqual([]);
    },
  );

  test('upgrade the chart to the images that were built', async () => {
    const fake = fakeRun(COMPLETE);
    await runAll(deploySteps(optionsFor(fake)));
    const upgrade = fake.commands.find((command) => command.startsWith('helm upgrade'));
    expect(upgrade).toContain('--values charts/relay/values-kind.yaml');
    expect(upgrade).toContain('auth.image.tag=dev-0123456789ab');
    expect(upgrade).toContain('post.image.tag=dev-0123456789ab');
    expect(upgrade).toContain('--wait');
  });

  test('of a deployment leave the rest of the cluster alone', async () => {
    const fake = fakeRun(COMPLETE);
    await runAll(deploySteps(optionsFor(fake)));
    expect(fake.commands.join('\n')).not.toMatch(/kind create|kubectl .*apply|monitoring/);
  });

  test('fail if Relay does not answer at the end', async () => {
    const fake = fakeRun(COMPLETE);
    const steps = deploySteps(optionsFor(fake, readSettings({}), unhealthy));
    await expect(runAll(steps)).rejects.toThrow(/does not answer through the ingress/);
  });
});

describe('a cluster other than kind', () => {
  const settings = readSettings({ CLUSTER_CONTEXT: 'staging', REGISTRY: 'ghcr.io/you' });

  test('gets images through the registry, and nothing of kind', async () => {
    const fake = fakeRun(COMPLETE);
    const outcomes = await runAll(upSteps(optionsFor(fake, settings)));
    expect(outcomes).toMatchObject({ Cluster: 'skipped', 'Push to ghcr.io/you': 'done' });
    expect(fake.commands).toContain('docker push --quiet ghcr.io/you/relay-post:dev-0123456789ab');
    expect(fake.commands.join('\n')).not.toMatch(/^kind |kind-relay/m);
  });

  test('gets a hint to admit an ingress controller other than Contour', async () => {
    const other = 'ingressclass.networking.k8s.io/nginx';
    const fake = fakeRun([
      [/get deployment\/contour/, ''],
      [/get ingressclasses/, other],
      ...COMPLETE,
    ]);
    const reason = await ingressStep(fake, settings);
    expect(reason).toContain(`${other} is there`);
    expect(reason).toContain('networkPolicy.ingressFrom');
    expect(await ingressStep(fakeRun(COMPLETE), settings)).toBe('deployment.apps/contour is there');
  });

  test.each([
    ['an ingress controller', /contour/],
    ['the Prometheus Operator', /customresourcedefinition/],
  ])('is left alone if it lacks %s', async (what, without) => {
    const fake = fakeRun([[without, ''], ...COMPLETE]);
    await expect(runAll(upSteps(optionsFor(fake, settings)))).rejects.toThrow(
      `The cluster staging does not have ${what}`,
    );
    expect(fake.commands.join('\n')).not.toMatch(/--kustomize|helm upgrade/);
  });
});
