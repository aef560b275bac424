import { UserError } from '../kit/cli.ts';
import type { Run } from '../kit/exec.ts';
import { createKubectl } from '../kit/kubectl.ts';
import { eventually } from '../kit/wait.ts';
import { referenceOf, type Image } from './images.ts';

const CONFIG = 'kind-config.yaml';
/** The host's ports that kind-config.yaml maps. */
const PORTS = [5000, 5443] as const;
/** The API server of a stopped cluster takes this long to answer at most. */
const STARTED = { withinMs: 90_000, everyMs: 1000 };

interface Kind {
  /** The names of its nodes, which are Docker containers. */
  nodes(): Promise<string[]>;
  exists(): Promise<boolean>;
  /** @throws UserError if a port that it publishes is taken */
  create(isPortFree: (port: number) => Promise<boolean>): Promise<void>;
  /** Starts stopped nodes, and waits until the cluster answers. */
  start(): Promise<void>;
  delete(): Promise<void>;
  /** The images that at least one node does not have. */
  missing(images: readonly Image[]): Promise<Image[]>;
  load(images: readonly Image[]): Promise<void>;
}

/** The kind cluster of a name. */
export function createKind(run: Run, cluster: string): Kind {
  const name = ['--name', cluster];
  const context = `kind-${cluster}`;
  const kubectl = createKubectl(run, { context });
  const nodes = async () => words(await run('kind', ['get', 'nodes', ...name]));

  return {
    nodes,
    async exists() {
      return words(await run('kind', ['get', 'clusters'])).includes(cluster);
    },
    async create(isPortFree) {
      const taken: number[] = [];
      for (const port of PORTS) if (!(await isPortFree(port))) taken.push(port);
      if (taken.length > 0) throw new UserError(describeTaken(taken));
      await run('kind', ['create', 'cluster', ...name, '--config', CONFIG, '--wait', '180s']);
    },
    async start() {
      await run('docker', ['start', ...(await nodes())]);
      const known = words(await kubectl('config', 'get-contexts', '--output', 'name'));
      if (!known.includes(context)) await run('kind', ['export', 'kubeconfig', ...name]);
      const readyz = () => kubectl('get', '--raw', '/readyz');
      // The next command reports the cause if it never answers.
      await eventually('the API server answers', readyz, STARTED).catch(() => undefined);
      await kubectl('wait', 'node', '--all', '--for', 'condition=Ready', '--timeout', '120s');
    },
    async delete() {
      await run('kind', ['delete', 'cluster', ...name]);
    },
    async missing(images) {
      const loaded = await Promise.all(
        (await nodes()).map(async (node) => {
          const args = ['ctr', '--namespace', 'k8s.io', 'images', 'list', '--quiet'];
          return new Set(words(await run('docker', ['exec', node, ...args])));
        }),
      );
      return images.filter((image) => {
        const reference = qualified(referenceOf(image));
        return !loaded.every((references) => references.has(reference));
      });
    },
    async load(images) {
      await run('kind', ['load', 'docker-image', ...images.map(referenceOf), ...name]);
    },
  };
}

function describeTaken(ports: readonly number[]): string {
  const taken = ports.map((port) => `Port ${port} is already in use on this machine.`).join('\n');
  const airPlay = ports.includes(5000)
    ? '\n`npm start` uses 5000, and so does the AirPlay Receiver of macOS (System ' +
      'Settings, AirDrop & Handoff).'
    : '';
  return `${taken}${airPlay}\nEnd the program that uses it, or change hostPort in ${CONFIG}.`;
}

/** The name of an image in containerd: with the registry and the folder that Docker leaves out. */
function qualified(reference: string): string {
  const [first, ...rest] = reference.split('/');
  if (rest.length === 0) return `docker.io/library/${reference}`;
  return /[.:]|^localhost$/.test(first!) ? reference : `docker.io/${reference}`;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
