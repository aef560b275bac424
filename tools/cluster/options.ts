import { UsageError } from '../kit/cli.ts';
import { DEFAULT_CONTEXT } from '../kit/names.ts';

export const USAGE = `Relay on Kubernetes.

  npm run cluster           creates or reuses the kind cluster, and deploys everything to it
  npm run cluster:deploy    builds the images, loads them, upgrades the release
  npm run cluster:status    pods, cache, Redis and Postgres at a glance
  npm run cluster:forward   Prometheus on 9090, Grafana on 3000, Alertmanager on 9093
  npm run cluster:down      deletes the kind cluster with all its data

Environment variables:

  CLUSTER_CONTEXT     the kubectl context; the current one is never used     (kind-relay)
  REGISTRY            for a cluster other than kind: images are pushed
                      there, as $REGISTRY/relay-auth, -post and -web
  VALUES              the values file of the chart      (charts/relay/values-kind.yaml)
  DOCKER_BUILD_FLAGS  more flags for "docker build", such as "--network host"`;

export const COMMANDS = ['up', 'deploy', 'status', 'forward', 'down'] as const;
export type Command = (typeof COMMANDS)[number];

export interface Settings {
  /** Of every kubectl and helm command. */
  context: string;
  /** The name of the kind cluster; `undefined` for any other cluster. */
  kindCluster: string | undefined;
  /** Where images are pushed; a kind cluster gets them without. */
  registry: string | undefined;
  valuesFile: string;
  dockerBuildFlags: string[];
  /** The variables that the user has set, to precede a command in a message; empty without any. */
  commandPrefix: string;
}

const KIND_PREFIX = 'kind-';
const VARIABLES = ['CLUSTER_CONTEXT', 'REGISTRY', 'VALUES', 'DOCKER_BUILD_FLAGS'] as const;

/** @throws UsageError */
export function parseCommand(args: string[]): Command {
  const command = COMMANDS.find((name) => name === args[0]);
  if (command && args.length === 1) return command;
  throw new UsageError(`Not a command: "${args.join(' ')}"\n\n${USAGE}`);
}

export function readSettings(environment: NodeJS.ProcessEnv): Settings {
  const context = environment['CLUSTER_CONTEXT'] || DEFAULT_CONTEXT;
  return {
    context,
    kindCluster: context.startsWith(KIND_PREFIX) ? context.slice(KIND_PREFIX.length) : undefined,
    registry: environment['REGISTRY']?.replace(/\/+$/, '') || undefined,
    valuesFile: environment['VALUES'] || 'charts/relay/values-kind.yaml',
    dockerBuildFlags: environment['DOCKER_BUILD_FLAGS']?.split(/\s+/).filter(Boolean) ?? [],
    commandPrefix: prefixOf(environment),
  };
}

/** @throws UsageError if the cluster has no way to get the images */
export function assertDeployable({ context, kindCluster, registry }: Settings): void {
  if (kindCluster !== undefined || registry !== undefined) return;
  throw new UsageError(
    `CLUSTER_CONTEXT is ${context}, which is not a kind cluster. Set REGISTRY to the registry from ` +
      'which its nodes pull images, such as ghcr.io/you',
  );
}

function prefixOf(environment: NodeJS.ProcessEnv): string {
  return VARIABLES.flatMap((name) => {
    const value = environment[name];
    return value ? [`${name}=${quoted(value)} `] : [];
  }).join('');
}

const quoted = (value: string) =>
  /^[\w./:@-]+$/.test(value) ? value : `'${value.replaceAll("'", String.raw`'\''`)}'`;
