import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';

import { relay } from './cluster.ts';
import { earlierRevision } from './earlier-revision.ts';
import { settings } from './settings.ts';

const CHART = 'charts/relay';
const SERVICES = ['auth', 'post'] as const;

/** A chart and the images that go with it. */
export interface Version {
  name: string;
  chart: string;
  /** By service. */
  images: Record<(typeof SERVICES)[number], string>;
}

/** Takes away what a version brought: files of this machine, images of it and of the nodes. */
type Remove = () => Promise<void>;

/** What is deployed now. */
export async function thisVersion(): Promise<Version> {
  const [auth, post] = await Promise.all(SERVICES.map(imageOf));
  return { name: 'this chart', chart: CHART, images: { auth: auth!, post: post! } };
}

/**
 * The last tagged one, or else that of a commit, built and loaded: an older chart is upgraded with the programs of its time, so
 * that the migrations between them run. Undefined where the history holds neither.
 */
export async function earlierVersion(): Promise<[Version, Remove] | undefined> {
  const revision = await earlierRevision(await versionTags(), hasChart);
  if (!revision) return undefined;
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-earlier-'));
  await execa('bash', [
    '-c',
    `git archive "$1" | tar --extract --directory "$2"`,
    '-',
    revision,
    folder,
  ]);
  const images = { auth: `relay-auth:${revision}`, post: `relay-post:${revision}` };
  for (const service of SERVICES) {
    const args = ['--build-arg', `SERVICE=${service}`, '--tag', images[service]];
    await execa('docker', ['build', ...settings.dockerBuildFlags, ...args, folder]);
  }
  await load(images);
  const version = { name: revision, chart: path.join(folder, CHART), images };
  const remove = async () => {
    await rm(folder, { recursive: true });
    await removeImages(images);
  };
  return [version, remove];
}

/** The same programs in images of another name and content. */
export async function relabelled({ chart, images: from }: Version): Promise<[Version, Remove]> {
  const images = { auth: 'relay-auth:cluster-test', post: 'relay-post:cluster-test' };
  for (const service of SERVICES) {
    const input = `FROM ${from[service]}\nLABEL cluster-test=true\n`;
    await execa('docker', ['build', '--tag', images[service], '-'], { input });
  }
  await load(images);
  return [{ name: 'other values and images', chart, images }, () => removeImages(images)];
}

/** The values that make the chart run a version's images. */
export function imageValues({ images }: Version): string[] {
  return SERVICES.flatMap((service) => {
    const [repository, tag] = images[service].split(':');
    return [
      `--set-string=${service}.image.repository=${repository}`,
      `--set-string=${service}.image.tag=${tag}`,
    ];
  });
}

async function imageOf(service: string): Promise<string> {
  const path = '--output=jsonpath={.spec.template.spec.containers[0].image}';
  return relay.kubectl('get', `deployment/relay-${service}`, path);
}

async function versionTags(): Promise<string[]> {
  const args = ['tag', '--list', 'v*', '--sort=-v:refname'];
  const { stdout } = await execa('git', args, { reject: false });
  return (stdout ?? '').split('\n').filter(Boolean);
}

async function hasChart(revision: string): Promise<boolean> {
  const args = ['cat-file', '-e', `${revision}:${CHART}/Chart.yaml`];
  return !(await execa('git', args, { reject: false })).failed;
}

async function load(images: Version['images']): Promise<void> {
  await execa('kind', ['load', 'docker-image', ...Object.values(images), ...kindCluster()]);
}

async function removeImages(images: Version['images']): Promise<void> {
  const names = Object.values(images);
  await execa('docker', ['image', 'rm', ...names], { reject: false });
  const { stdout: nodes } = await execa('kind', ['get', 'nodes', ...kindCluster()]);
  for (const node of nodes.split('\n')) {
    // Those that a pod still uses stay; the kubelet removes them when it needs the room.
    await execa('docker', ['exec', node, 'crictl', 'rmi', ...names], { reject: false });
  }
}

function kindCluster(): string[] {
  if (!settings.kindCluster) throw new Error('Images are loaded into clusters of kind only');
  return ['--name', settings.kindCluster];
}
