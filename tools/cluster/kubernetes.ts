import { Writable } from 'node:stream';

import {
  ApiException,
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  PortForward,
  type ApiConstructor,
} from '@kubernetes/client-node';

import { ClusterError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Connect } from './tunnel.ts';

export interface Kubernetes {
  core: CoreV1Api;
  discovery: DiscoveryV1Api;
  connect: Connect;
}

/**
 * A client of one API of the cluster, such as `AppsV1Api`.
 *
 * @throws ClusterError when the kubeconfig has no such context
 */
export function createApi<T extends object>(context: string, kind: ApiConstructor<T>): T {
  return loadContext(context).makeApiClient(kind);
}

/** @throws ClusterError when the kubeconfig has no such context */
export function connectKubernetes({ context }: Pick<Settings, 'context'>): Kubernetes {
  const config = loadContext(context);
  const forward = new PortForward(config);

  return {
    core: config.makeApiClient(CoreV1Api),
    discovery: config.makeApiClient(DiscoveryV1Api),
    async connect(socket, { namespace, pod, port }) {
      // What comes here says that the pod refused the connection, or is gone; nothing comes at its opening.
      const refused = new Writable({
        write(chunk: Buffer, _encoding, done) {
          if (chunk.length > 0) socket.destroy();
          done();
        },
      });
      const ws = await forward.portForward(namespace, pod, [port], socket, refused, socket);
      if (typeof ws === 'function') return;
      ws.on('close', () => socket.end());
      socket.on('close', () => ws.close());
      if (socket.destroyed) ws.close();
    },
  };
}

/** What went wrong with a call, on one line: the client library's own messages hold headers and bodies. */
export function describeApiError(error: unknown): string {
  if (error instanceof ApiException) {
    return statusMessage(error.body) ?? `the API server answered ${error.code}`;
  }
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` says nothing; its cause does.
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** The only way to the client library's configuration: its current context is never used. */
function loadContext(context: string): KubeConfig {
  const config = readKubeConfig();
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map(({ name }) => name);
    throw new ClusterError(
      `The kubeconfig has no context ${context}, only: ${known.join(', ') || 'none'}.\n` +
        'npm run cluster makes kind-relay; CLUSTER_CONTEXT names another.',
    );
  }
  config.setCurrentContext(context);
  return config;
}

function readKubeConfig(): KubeConfig {
  const config = new KubeConfig();
  try {
    config.loadFromDefault();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ClusterError(`The kubeconfig cannot be read: ${reason}`, { cause: error });
  }
  return config;
}

function statusMessage(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    const { message } = JSON.parse(body) as { message?: string };
    return message;
  } catch {
    return undefined;
  }
}
