import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

export const ROOT = path.join(import.meta.dirname, '../..');

/** The fields of skaffold.yaml that are used here. */
export interface SkaffoldConfig {
  apiVersion: string;
  build: { artifacts: Artifact[] };
  deploy: {
    kubeContext: string;
    helm: {
      releases: [HelmRelease];
      hooks?: { after: { host: { command: [string, ...string[]] } }[] };
    };
  };
  portForward: PortForward[];
  profiles: Profile[];
}

interface Artifact {
  image: string;
  docker: { dockerfile: string; buildArgs: Record<string, string>; target?: string };
  sync?: {
    manual: { src: string; dest: string }[];
    hooks?: { after: { container: { command: string[] } }[] };
  };
}

interface HelmRelease {
  name: string;
  namespace: string;
  chartPath: string;
  valuesFiles: string[];
  setValueTemplates: Record<string, string>;
}

export interface PortForward {
  resourceType: 'service' | 'deployment';
  resourceName: string;
  namespace: string;
  port: string | number;
  localPort: number;
}

interface Profile {
  name: string;
  activation?: { command: string }[];
  patches: { op: string; path: string; value: unknown }[];
}

export function readSkaffoldConfig(): SkaffoldConfig {
  return parse(readFileSync(path.join(ROOT, 'skaffold.yaml'), 'utf8'));
}

/**
 * The configuration with the patches (RFC 6902) of some profiles.
 *
 * @throws Error where one is for a place that is not there
 */
export function withProfiles(names: readonly string[]): SkaffoldConfig {
  const config = readSkaffoldConfig();
  for (const name of names) {
    const profile = config.profiles.find((one) => one.name === name);
    if (!profile) throw new Error(`There is no profile ${name}`);
    for (const patch of profile.patches) apply(config, patch);
  }
  return config;
}

/** The profiles that `skaffold <command>` activates by itself. */
export function profilesOf(command: string): string[] {
  return readSkaffoldConfig()
    .profiles.filter(({ activation = [] }) => activation.some((one) => one.command === command))
    .map(({ name }) => name);
}

type Node = Record<string, unknown> | unknown[];

function apply(config: SkaffoldConfig, { op, path: at, value }: Profile['patches'][number]): void {
  if (op !== 'add') throw new Error(`${op} ${at}: only "add" is understood here`);
  const steps = at.split('/').slice(1);
  const last = steps.pop()!;
  let node = config as unknown as Node;
  for (const step of steps) {
    const next: unknown = Array.isArray(node) ? node[Number(step)] : node[step];
    if (typeof next !== 'object' || next === null) throw new Error(`${at}: there is no ${step}`);
    node = next as Node;
  }
  if (Array.isArray(node) && last === '-') node.push(value);
  else if (Array.isArray(node) || last in node) throw new Error(`${at} is there already`);
  else node[last] = value;
}
