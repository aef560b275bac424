import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { execa } from 'execa';
import { inject } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';

import { withFakeCluster, type ClusterObjects } from './fake-cluster.ts';
import type { Kinds, Manifest } from './kubernetes.ts';
import { ofKind } from './manifests.ts';

export const CHART = path.join(import.meta.dirname, '../../charts/relay');
const SCHEMAS = path.join(import.meta.dirname, 'schemas');

/** A way to install the chart. */
export interface Installation {
  release?: string;
  namespace?: string;
  /** Values files of the chart, the later one on top. */
  files?: readonly string[];
  /** Values on top of the files'. */
  values?: object;
}

/** A failed helm command, with its output. */
export class HelmError extends Error {
  override readonly name = 'HelmError';
}

const texts = new Map<string, Promise<string>>();
const parsed = new Map<string, Promise<readonly Manifest[]>>();

/**
 * The output of `helm template` for an installation, memoized.
 *
 * @throws HelmError
 */
export function render(installation: Installation = {}): Promise<readonly Manifest[]> {
  return memoized(parsed, installation, async () => parseManifests(await renderText(installation)));
}

/** The same, as helm prints it. */
export function renderText(installation: Installation = {}): Promise<string> {
  return memoized(texts, installation, () => template(installation));
}

/** The manifests that the chart in another folder renders. */
export async function renderChart(
  chart: string,
  installation: Installation,
): Promise<readonly Manifest[]> {
  return parseManifests(await template(installation, chart));
}

/** The manifests that another version of the chart renders from its default values. */
export async function renderVersion(version: string): Promise<readonly Manifest[]> {
  return withCopy(async (copy) => {
    const file = path.join(copy, 'Chart.yaml');
    const chart = await readFile(file, 'utf8');
    await writeFile(file, chart.replaceAll(/^((?:appV|v)ersion): .*$/gm, `$1: ${version}`));
    return parseManifests(await template({}, copy));
  });
}

/** The manifests that the packaged chart renders. */
export async function renderPackage(installation: Installation): Promise<readonly Manifest[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-package-'));
  try {
    await run(tools().helm, ['package', CHART, '--destination', folder], '');
    const [file] = await readdir(folder);
    return parseManifests(await template(installation, path.join(folder, file!)));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * The notes that `helm install` prints at its end. Helm prints them only with a cluster, so they are
 * rendered as a template of a copy of the chart.
 */
export function renderNotes(installation: Installation = {}): Promise<string> {
  return withCopy(async (copy) => {
    const notes = '{{ include "relay/templates/NOTES.txt" . | toJson }}';
    await writeFile(path.join(copy, 'templates/notes.yaml'), `notes: ${notes}`);
    const text = await template(installation, copy, ['--show-only', 'templates/notes.yaml']);
    return (parse(text) as { notes: string }).notes;
  });
}

/** The Secrets that an upgrade applies where the namespace `relay` holds these objects already. */
export async function renderSecretsOver(
  objects: ClusterObjects,
  installation: Installation = {},
): Promise<(Kinds['Secret'] & Manifest)[]> {
  return ofKind(await renderOver('secrets.yaml', objects, installation), 'Secret');
}

/** The NetworkPolicies that an upgrade applies to a cluster that holds these objects already. */
export async function renderPoliciesOver(
  objects: ClusterObjects,
  installation: Installation,
): Promise<(Kinds['NetworkPolicy'] & Manifest)[]> {
  return ofKind(await renderOver('networkpolicies.yaml', objects, installation), 'NetworkPolicy');
}

function renderOver(
  file: string,
  objects: ClusterObjects,
  installation: Installation,
): Promise<Manifest[]> {
  return withCopy(async (copy) => {
    // Helm requests every kind that it renders from the cluster: this one has few.
    const folder = path.join(copy, 'templates');
    const others = (await readdir(folder)).filter((name) => !name.startsWith('_') && name !== file);
    for (const name of others) await rm(path.join(folder, name), { recursive: true });
    const flags = ['--dry-run=server', '--is-upgrade', '--disable-openapi-validation'];
    const text = await withFakeCluster(objects, (url) =>
      template(installation, copy, [...flags, '--kube-apiserver', url]),
    );
    return parseManifests(text);
  });
}

async function withCopy<T>(work: (copy: string) => Promise<T>): Promise<T> {
  const copy = await mkdtemp(path.join(tmpdir(), 'relay-chart-'));
  try {
    await cp(CHART, copy, { recursive: true });
    return await work(copy);
  } finally {
    await rm(copy, { recursive: true });
  }
}

/**
 * The output of `helm lint --strict`.
 *
 * @throws HelmError on an error or a warning
 */
export async function lint({ files, values, namespace = 'relay' }: Installation): Promise<string> {
  const flags = [...valuesFlags(files), '--namespace', namespace];
  return run(tools().helm, ['lint', '--strict', CHART, ...flags], JSON.stringify(values ?? {}));
}

/** The errors that kubeconform finds in manifests. */
export async function refusedByKubernetes(manifests: string): Promise<string[]> {
  const location = `${SCHEMAS}/{{ .ResourceKind }}{{ .KindSuffix }}.json`;
  const flags = ['-strict', '-output', 'json', '-schema-location', location];
  const { stdout } = await execa(tools().kubeconform, flags, { input: manifests, reject: false });
  const { resources } = JSON.parse(stdout) as { resources: { name: string; msg: string }[] };
  return resources.map(({ name, msg }) => `${name}: ${msg}`);
}

function template(
  { release = 'relay', namespace = 'relay', files, values = {} }: Installation,
  chart = CHART,
  extraFlags: readonly string[] = [],
): Promise<string> {
  const flags = [...valuesFlags(files), '--namespace', namespace, ...extraFlags];
  return run(tools().helm, ['template', release, chart, ...flags], JSON.stringify(values));
}

function valuesFlags(files: readonly string[] = []): string[] {
  return [...files.map((file) => path.join(CHART, file)), '-'].flatMap((file) => [
    '--values',
    file,
  ]);
}

async function run(program: string, args: readonly string[], input: string): Promise<string> {
  // No test may depend on helm's settings on this machine, or on a cluster.
  const env = { KUBECONFIG: '/dev/null' };
  const { stdout, stderr, exitCode } = await execa(program, args, { input, env, reject: false });
  if (exitCode === 0) return stdout;
  throw new HelmError(`helm ${args.join(' ')}\n${stdout}\n${stderr}`);
}

function tools(): { helm: string; kubeconform: string } {
  const found = inject('chartTools');
  if (found === null) throw new HelmError('helm or kubeconform is missing');
  return found;
}

function memoized<T>(
  known: Map<string, Promise<T>>,
  installation: Installation,
  make: () => Promise<T>,
): Promise<T> {
  const key = JSON.stringify(installation);
  const answer = known.get(key) ?? make();
  known.set(key, answer);
  return answer;
}

function parseManifests(text: string): Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]!;
    const manifest = document.toJS() as Manifest | null;
    return manifest === null ? [] : [manifest];
  });
}
