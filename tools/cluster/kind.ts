import { eventually } from '@relay/dev-servers';

import { ClusterError } from './errors.ts';
import type { Run } from './exec.ts';
import { referenceOf, type Image } from './images.ts';
import { createKubectl } from './kubectl.ts';

const CONFIG = 'kind-config.yaml';
/** The host's ports that kind-config.yaml maps. */
const PORTS = [5000, 5443] as const;
/** How long the API server of a stopped cluster may take to come back. */
const START_TIMEOUT_MS = 90_000;

interface Kind {
  exists(): Promise<boolean>;
  /** @throws ClusterError when a port that it would publish is taken */
  create(isPortFree: (port: number) => Promise<boolean>): Promise<void>;
  /** Starts nodes that were stopped, and waits until the cluster answers. */
  start(): Promise<void>;
  delete(): Promise<void>;
  /** Those of the images that some node has not. */
  missing(images: readonly Image[]): Promise<Image[]>;
  load(images: readonly Image[]): Promise<void>;
}

/** The kind cluster of a name. */
export function createKind(run: Run, cluster: string): Kind {
  const name = ['--name', cluster];
  const context = `kind-${cluster}`;
  const kubectl = createKubectl(run, { context });
  const nodes = async () => lines(await run('kind', ['get', 'nodes', ...name]));

  return {
    async exists() {
      return lines(await run('kind', ['get', 'clusters'])).includes(cluster);
    },
    async create(isPortFree) {
      const taken: number[] = [];
      for (const port of PORTS) if (!(await isPortFree(port))) taken.push(port);
      if (taken.length > 0) throw new ClusterError(describeTaken(taken));
      await run('kind', ['create', 'cluster', ...name, '--config', CONFIG, '--wait', '180s']);
    },
    async start() {
      await run('docker', ['start', ...(await nodes())]);
      const known = lines(await kubectl('config', 'get-contexts', '--output', 'name'));
      if (!known.includes(context)) await run('kind', ['export', 'kubeconfig', ...name]);
      const answers = () => kubectl('get', '--raw', '/readyz').then(Boolean, () => false);
      // Whether it came or not: the next command says what is the matter.
      await eventually(answers, { timeoutMs: START_TIMEOUT_MS, intervalMs: 1000 });
      await kubectl('wait', 'node', '--all', '--for', 'condition=Ready', '--timeout', '120s');
    },
    async delete() {
      await run('kind', ['delete', 'cluster', ...name]);
    },
    async missing(images) {
      const held = await Promise.all(
        (await nodes()).map(async (node) => {
          const args = ['ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet'];
          return new Set(lines(await run('docker', ['exec', node, ...args])));
        }),
      );
      return images.filter((image) => {
        const reference = inFull(referenceOf(image));
        return !held.every((references) => references.has(reference));
      });
    },
    async load(images) {
      await run('kind', ['load', 'docker-image', ...images.map(referenceOf), ...name]);
    },
  };
}

function describeTaken(ports: readonly number[]): string {
  const which = ports.map((port) => `Port ${port} is already in use on this machine.`).join('\n');
  const airPlay = ports.includes(5000)
    ? '\nA Relay of `npm start` would be on 5000, and on macOS the AirPlay Receiver (System ' +
      'Settings, AirDrop & Handoff).'
    : '';
  return `${which}${airPlay}\nEnd what uses it, or give the cluster another port: hostPort in ${CONFIG}.`;
}

/** As containerd calls an image, with the registry and the folder that Docker leaves out. */
function inFull(reference: string): string {
  const [first, ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return /[.:]|^localhost$/.test(first!) ? reference : `docker.io/${reference}`;
}

function lines(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
