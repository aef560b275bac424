import { expect, it } from 'vitest';

import { render, type HelmError } from './helm.ts';
import { ofKind } from './manifests.ts';
import { scenarios } from './scenarios.ts';

const jobsOf = async (migrations: object, more: object = {}) =>
  ofKind(
    await render({
      values: { ...scenarios['with Secrets of its own'].values, ...more, migrations },
    }),
    'Job',
  );

it('Argo CD runs the migrations as hooks of a sync, and deletes each before the next', async () => {
  const jobs = await jobsOf({ managedBy: 'argocd' });
  expect(jobs.map(({ metadata }) => metadata.name)).toEqual([
    'relay-auth-migrate',
    'relay-post-migrate',
  ]);
  for (const { metadata, spec } of jobs) {
    expect(metadata.annotations).toEqual({
      'argocd.argoproj.io/hook': 'Sync',
      'argocd.argoproj.io/hook-delete-policy': 'BeforeHookCreation',
    });
    expect(spec.ttlSecondsAfterFinished).toBeUndefined();
  }
});

it('Argo CD gets the same name for another image, since a hook is replaced', async () => {
  expect(await namesWith('v1')).toEqual(await namesWith('v2'));
});

it('Argo CD, which looks nothing up, is refused generated passwords', async () => {
  const refusal = render({ values: { migrations: { managedBy: 'argocd' } } }).catch(
    ({ message }: HelmError) => message,
  );
  expect(await refusal).toContain('auth.signingKeys.existingSecret');
});

it('Argo CD, which looks nothing up, is refused a name that the chart would cut', async () => {
  const release = 'a-release-with-a-name-that-is-a-bit-too-long';
  const values = {
    ...scenarios['with Secrets of its own'].values,
    migrations: { managedBy: 'argocd' },
  };
  const refusal = render({ release, values }).catch(({ message }: HelmError) => message);
  const kept = 'a-release-with-a-name-that-is-a-bit-too';
  expect(await refusal).toContain(`fullnameOverride, to ${kept} `);
  const manifests = await render({ release, values: { ...values, fullnameOverride: kept } });
  expect(ofKind(manifests, 'Deployment')[0]?.metadata.name).toMatch(`${kept}-`);
  // Flux applies through Helm, which looks up.
  const migrations = { managedBy: 'flux' };
  await expect(render({ release, values: { ...values, migrations } })).resolves.toBeDefined();
});

it('Flux leaves finished migrations alone, and they stay', async () => {
  for (const { metadata, spec } of await jobsOf({ managedBy: 'flux' })) {
    expect(metadata.name).toMatch(/^relay-(auth|post)-migrate-[0-9a-f]{8}$/);
    expect(metadata.annotations).toEqual({ 'helm.toolkit.fluxcd.io/driftDetection': 'disabled' });
    expect(spec.ttlSecondsAfterFinished).toBeUndefined();
  }
});

it('Helm alone removes finished migrations after a while', async () => {
  for (const { metadata, spec } of await jobsOf({})) {
    expect(metadata.annotations).toBeUndefined();
    expect(spec.ttlSecondsAfterFinished).toBe(3600);
  }
});

it('annotations of the values come beside those of the tool', async () => {
  const [job] = await jobsOf({ managedBy: 'argocd', annotations: { owner: 'links' } });
  expect(job?.metadata.annotations).toMatchObject({
    owner: 'links',
    'argocd.argoproj.io/hook': 'Sync',
  });
});

async function namesWith(tag: string): Promise<string[]> {
  const auth = { image: { tag }, signingKeys: { existingSecret: 'their-keys' } };
  return (await jobsOf({ managedBy: 'argocd' }, { auth })).map(({ metadata }) => metadata.name);
}
