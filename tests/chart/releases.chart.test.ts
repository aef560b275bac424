import { existsSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { HelmError, render, renderSecretsOver, renderVersion, type Installation } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { ofKind, workloads } from './manifests.ts';
import { everyScenario, scenarios } from './scenarios.ts';

const ROOT = path.join(import.meta.dirname, '../..');
/** The longest that Helm takes. */
const LONGEST = 'a-release-with-the-longest-name-that-helm-lets-one-gi';

async function namesOf(installation: Installation): Promise<string[]> {
  return (await render(installation)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
}

/** The migration Jobs by their component. */
async function jobsOf(installation: Installation) {
  const jobs = ofKind(await render(installation), 'Job');
  return Object.fromEntries(
    jobs.map(({ metadata: { name, labels }, spec }) => [
      labels!['app.kubernetes.io/component']!,
      { name, spec: JSON.stringify(spec) },
    ]),
  );
}

it.each(everyScenario)(
  'two releases in one namespace share no object, installed %s',
  async (_, scenario) => {
    const { values = {} } = scenario;
    // With `fullnameOverride` each release needs another name.
    const other = 'fullnameOverride' in values ? { ...values, fullnameOverride: 'others' } : values;
    const beside = new Set(await namesOf({ ...scenario, release: 'beside', values: other }));
    expect((await namesOf(scenario)).filter((name) => beside.has(name))).toEqual([]);
  },
);

/** The Deployments and StatefulSets with images of another version than the chart. */
function thirdParties(manifests: readonly Manifest[]): { name: string; spec: string }[] {
  return [...ofKind(manifests, 'Deployment'), ...ofKind(manifests, 'StatefulSet')]
    .map(({ metadata: { name }, spec }) => ({ name, spec: JSON.stringify(spec) }))
    .filter(({ spec }) => !/relay-(auth|post|web):/.test(spec));
}

it('another version of the chart alone restarts neither Redis nor Postgres', async () => {
  const now = thirdParties(await render());
  expect(now.map(({ name }) => name).toSorted()).toEqual([
    'relay-postgres',
    'relay-postgres-exporter',
    'relay-redis',
    'relay-redis-exporter',
  ]);
  expect(thirdParties(await renderVersion('9.9.9'))).toEqual(now);
});

it.each(['relay.v2', '1relay'])(
  'the release %s is refused, since no Service can be called so',
  async (release) => {
    await expect(render({ release })).rejects.toThrow(HelmError);
    await expect(render({ release, values: { fullnameOverride: 'relay' } })).resolves.toBeDefined();
  },
);

it('a release with a long name keeps within the limits of names and labels', async () => {
  const manifests = await render({ release: LONGEST });
  const names = manifests.map(({ metadata }) => metadata.name);
  expect(names.filter((name) => !/^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name))).toEqual([]);
  expect(names.filter((name) => name.length > 63)).toEqual([]);
  // The StatefulSet controller puts 11 more characters behind the name in a label.
  const stateful = ofKind(manifests, 'StatefulSet').map(({ metadata }) => metadata.name);
  expect(stateful.filter((name) => name.length > 52)).toEqual([]);
  const labels = workloads(manifests).flatMap((one) => Object.values(one.labels));
  expect(labels.filter((value) => !/^[A-Za-z0-9][\w.-]{0,62}$/.test(value))).toEqual([]);
});

it('two releases with long names that begin alike share no object', async () => {
  const names = new Set(await namesOf({ release: LONGEST }));
  const others = await namesOf({ release: LONGEST.replace(/gi$/, 'ga') });
  expect(others.filter((name) => names.has(name))).toEqual([]);
});

it.each([
  [
    'keeps the names that an earlier chart gave it',
    LONGEST,
    /^a-release-with-the-longest-name-that-hel-postgres$/,
  ],
  [
    'leaves names to the release that has them',
    `${LONGEST.slice(0, 40)}-other`,
    /^a-release-with-the-longest-name-[0-9a-f]{8}-postgres$/,
  ],
])('a release with a long name %s', async (_what, owner, name) => {
  const deployments = { [`${LONGEST.slice(0, 40)}-auth`]: owner };
  const [secret] = await renderSecretsOver({ deployments }, { release: LONGEST });
  expect(secret?.metadata.name).toMatch(name);
});

it.each(['relay', 'links'])(
  'the objects of the release %s begin with its name',
  async (release) => {
    const names = (await render({ release })).map(({ metadata }) => metadata.name);
    expect(names.filter((name) => name !== release && !name.startsWith(`${release}-`))).toEqual([]);
  },
);

describe('a migration Job', () => {
  it('keeps its name until its own specification changes', async () => {
    const before = await jobsOf({});
    const values = {
      logLevel: 'debug',
      trustedHops: 2,
      auth: { replicas: 5, databasePoolSize: 20 },
      post: { cache: { ttlSeconds: 60 }, autoscaling: { enabled: true } },
      ingress: { host: 'relay.example.com' },
      redis: { maxmemory: '512mb' },
      serviceMonitor: { enabled: true },
    };
    expect(Object.keys(before)).toEqual(['auth-migrate', 'post-migrate']);
    expect(await jobsOf({ values })).toEqual(before);
  });

  it.each<[string, string[], object]>([
    ['the image of the auth service', ['auth-migrate'], { auth: { image: { tag: 'v2' } } }],
    ['the image of the post service', ['post-migrate'], { post: { image: { tag: 'v2' } } }],
    [
      'a limit of the Jobs',
      ['auth-migrate', 'post-migrate'],
      { migrations: { resources: { limits: { memory: '256Mi' } } } },
    ],
    ['the Secret', ['auth-migrate', 'post-migrate'], { postgres: { existingSecret: 'theirs' } }],
    [
      'the database',
      ['auth-migrate', 'post-migrate'],
      scenarios['with an external Postgres'].values,
    ],
  ])('is another one after a change of %s', async (_what, changed, values) => {
    const [before, after] = [await jobsOf({}), await jobsOf({ values })];
    const others = Object.keys(before).filter((job) => before[job]!.name !== after[job]!.name);
    expect(others).toEqual(changed);
  });

  it('runs a file that its service has', async () => {
    const jobs = workloads(await render()).filter(({ kind }) => kind === 'Job');
    const files = jobs.flatMap(({ component, pod }) => {
      const service = component.replace('-migrate', '');
      return pod.containers[0]!.args!.map((file) => `services/${service}/${file}`);
    });
    expect(files).toEqual(['services/auth/src/migrate.ts', 'services/post/src/migrate.ts']);
    expect(files.filter((file) => !existsSync(path.join(ROOT, file)))).toEqual([]);
  });

  it('is tried again while Postgres is late', async () => {
    const limits = ofKind(await render(), 'Job').map(({ spec }) => spec.backoffLimit);
    expect(limits).toEqual([6, 6]);
  });

  it.each([
    [undefined, 3600],
    [0, 0],
    [null, undefined],
  ])('with migrations.ttlSecondsAfterFinished %s is kept for %s', async (given, kept) => {
    const values = { migrations: { ttlSecondsAfterFinished: given } };
    const jobs = ofKind(await render({ values }), 'Job');
    expect(jobs.map(({ spec }) => spec.ttlSecondsAfterFinished)).toEqual([kept, kept]);
  });

  it('is no hook: one would wait for a Postgres that the install has not made yet', async () => {
    for (const { metadata } of ofKind(await render(), 'Job')) {
      expect(Object.keys(metadata.annotations ?? {})).not.toContain('helm.sh/hook');
    }
  });
});
