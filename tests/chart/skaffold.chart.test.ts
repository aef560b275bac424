import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { render, type Installation } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { namedPorts, ofKind, workloads } from './manifests.ts';
import { profilesOf, withProfiles, type PortForward } from './skaffold.ts';

const image = (name: string) => ({ image: { repository: `skaffold/${name}`, tag: 'v1' } });

/** The chart as skaffold would deploy it, with images of a version of their own. */
function installation(profiles: readonly string[]): Installation {
  const [release] = withProfiles(profiles).deploy.helm.releases;
  return {
    release: release.name,
    namespace: release.namespace,
    files: release.valuesFiles.map((file) => path.relative(release.chartPath, file)),
    values: { auth: image('auth'), post: image('post'), web: image('web') },
  };
}

/** The container port that is forwarded; undefined where there is nothing of that name. */
function forwarded(manifests: readonly Manifest[], { resourceName, port }: PortForward) {
  const ports = ofKind(manifests, 'Service')
    .filter(({ metadata }) => metadata.name === resourceName)
    .flatMap(({ spec }) => spec?.ports ?? []);
  return ports.find(({ name }) => name === port)?.targetPort;
}

const commands = ['run', 'dev', 'debug'].map((name) => ({ name, profiles: profilesOf(name) }));

describe.each(commands)('skaffold $name', ({ profiles }) => {
  it('deploys the images that it has built, and no other of ours', async () => {
    const pods = workloads(await render(installation(profiles)));
    const images = pods.flatMap(({ pod }) => pod.containers.map(({ image }) => image!));
    const ours = images.filter((image) => /auth|post(?!gres)|web/.test(image));
    expect(new Set(ours)).toEqual(
      new Set(['auth', 'post', 'web'].map((name) => `skaffold/${name}:v1`)),
    );
  });

  it('forwards ports that are there', async () => {
    const manifests = await render(installation(profiles));
    const { portForward } = withProfiles(profiles);
    const services = portForward.filter(({ resourceType }) => resourceType === 'service');
    expect(services.map((one) => forwarded(manifests, one))).toEqual(['admin', 'admin', 'admin']);
    expect(new Set(portForward.map(({ localPort }) => localPort)).size).toBe(portForward.length);
  });
});

it.each([
  { command: 'run', writable: [] },
  { command: 'dev', writable: ['relay-auth', 'relay-post', 'relay-web'] },
])('lets sources be changed by skaffold $command in $writable', async ({ command, writable }) => {
  const pods = workloads(await render(installation(profilesOf(command))));
  const found = pods.filter(
    ({ pod }) => pod.containers[0]!.securityContext?.readOnlyRootFilesystem === false,
  );
  expect(found.map(({ name }) => name)).toEqual(writable);
});

it('forwards the inspector of each service, and annotates its port for skaffold', async () => {
  const profiles = profilesOf('debug');
  const pods = workloads(await render(installation(profiles)));
  const { portForward } = withProfiles(profiles);
  const inspectors = portForward.filter(({ resourceType }) => resourceType === 'deployment');
  expect(inspectors.map(({ resourceName }) => resourceName)).toEqual([
    'relay-auth',
    'relay-post',
    'relay-web',
  ]);
  for (const { resourceName, port } of inspectors) {
    const { component, pod, annotations } = pods.find(({ name }) => name === resourceName)!;
    // Its default, which is also bound to localhost alone.
    expect(port).toBe(9229);
    expect(pod.containers[0]!.args).toContain('--inspect');
    expect(Object.values(namedPorts(pod))).not.toContain(port);
    expect(JSON.parse(annotations['debug.cloud.google.com/config']!)).toEqual({
      [component]: { runtime: 'nodejs', ports: { devtools: port } },
    });
  }
});

it('keeps skaffold debug from changing the pods of our images', async () => {
  const pods = workloads(await render(installation(profilesOf('debug'))));
  const built = pods.filter(
    ({ kind, pod }) => kind !== 'Pod' && pod.containers[0]!.image!.startsWith('skaffold/'),
  );
  const changed = built.filter(({ annotations }) => !annotations['debug.cloud.google.com/config']);
  expect(built).toHaveLength(5);
  expect(changed.map(({ name }) => name)).toEqual([]);
});
