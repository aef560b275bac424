import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { referenceOf, SERVICES, type Image } from '../../../tools/cluster/images.ts';
import { createKind } from '../../../tools/cluster/kind.ts';
import { CommandError, run } from '../../../tools/kit/exec.ts';
import { relay } from './cluster.ts';
import { earlierRevision } from './earlier-revision.ts';
import { settings } from './settings.ts';

const CHART = 'charts/relay';

/** A chart and the images of its version. */
export interface Version {
  name: string;
  chart: string;
  /** Of each service that the version has, in the order of `SERVICES`. */
  images: Image[];
}

/** Removes the files and images of a version from this machine and the nodes. */
type Remove = () => Promise<void>;

/** The deployed version. */
export async function thisVersion(): Promise<Version> {
  return { name: 'this chart', chart: CHART, images: await Promise.all(SERVICES.map(imageOf)) };
}

/**
 * The last tagged version, or else that of a commit, with its own images, so that an upgrade runs the
 * migrations between them. Undefined if the history has neither.
 */
export async function earlierVersion(): Promise<[Version, Remove] | undefined> {
  const revision = await earlierRevision(await versionTags(), hasChart);
  if (!revision) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-earlier-'));
  const archive = path.join(folder, 'archive.tar');
  await run('git', ['archive', '--output', archive, revision]);
  await run('tar', ['--extract', '--file', archive, '--directory', folder]);
  await rm(archive);
  const services = SERVICES.filter((name) => existsSync(path.join(folder, 'services', name)));
  const images = imagesTagged(revision, services);
  for (const image of images) {
    const args = ['--build-arg', `SERVICE=${image.service}`, '--tag', referenceOf(image)];
    await run('docker', ['build', ...settings.dockerBuildFlags, ...args, folder]);
  }
  await kind().load(images);
  const version = { name: revision, chart: path.join(folder, CHART), images };
  const remove = async () => {
    await rm(folder, { recursive: true });
    await removeImages(images);
  };
  return [version, remove];
}

/** The same programs in images of another name and content. */
export async function relabelled({ chart, images: from }: Version): Promise<[Version, Remove]> {
  const images = imagesTagged('cluster-test');
  for (const [index, image] of images.entries()) {
    const input = `FROM ${referenceOf(from[index]!)}\nLABEL cluster-test=true\n`;
    await run('docker', ['build', '--tag', referenceOf(image), '-'], { input });
  }
  await kind().load(images);
  return [{ name: 'other values and images', chart, images }, () => removeImages(images)];
}

const imagesTagged = (tag: string, services: readonly Image['service'][] = SERVICES): Image[] =>
  services.map((service) => ({ service, repository: `relay-${service}`, tag }));

async function imageOf(service: Image['service']): Promise<Image> {
  const output = '--output=jsonpath={.spec.template.spec.containers[0].image}';
  const reference = await relay.kubectl('get', `deployment/relay-${service}`, output);
  const [repository, tag] = reference.split(':');
  return { service, repository: repository!, tag: tag! };
}

async function versionTags(): Promise<string[]> {
  const args = ['tag', '--list', 'v*', '--sort=-v:refname'];
  return (await orEmpty(run('git', args))).split('\n').filter(Boolean);
}

function hasChart(revision: string): Promise<boolean> {
  return run('git', ['cat-file', '-e', `${revision}:${CHART}/Chart.yaml`]).then(
    () => true,
    () => false,
  );
}

async function removeImages(images: readonly Image[]): Promise<void> {
  const references = images.map(referenceOf);
  await orEmpty(run('docker', ['image', 'rm', ...references]));
  for (const node of await kind().nodes()) {
    // The images of running pods stay; the kubelet removes them when it needs the space.
    await orEmpty(run('docker', ['exec', node, 'crictl', 'rmi', ...references]));
  }
}

/** The stdout of a command, or nothing if it failed. */
async function orEmpty(command: Promise<string>): Promise<string> {
  try {
    return await command;
  } catch (error) {
    if (error instanceof CommandError) return '';
    throw error;
  }
}

function kind() {
  if (!settings.kindCluster) throw new Error('Images are loaded into kind clusters only');
  return createKind(run, settings.kindCluster);
}
