import { Writable } from 'node:stream';

import {
  ApiException,
  AppsV1Api,
  CoreV1Api,
  CustomObjectsApi,
  DiscoveryV1Api,
  KubeConfig,
  Observable,
  PortForward,
  type ObservableMiddleware,
} from '@kubernetes/client-node';

import { UserError } from './cli.ts';
import { DEFAULT_CONTEXT } from './names.ts';
import type { Connect } from './port-forward.ts';

export interface ServicePort {
  namespace: string;
  service: string;
  port: number;
}

/** A client of the API server of one context. */
export interface Kubernetes {
  core: CoreV1Api;
  apps: AppsV1Api;
  customObjects: CustomObjectsApi;
  discovery: DiscoveryV1Api;
  connect: Connect;
  /**
   * GETs JSON from a Service through the API server, which needs no port of this machine.
   *
   * @throws Error with the answer's own message
   */
  getFromService: <T>(
    target: ServicePort,
    path: string,
    parameters?: Readonly<Record<string, string>>,
  ) => Promise<T>;
}

/** @throws UserError if the kubeconfig has no such context */
export function connectKubernetes(context: string): Kubernetes {
  const config = loadContext(context);
  const core = config.makeApiClient(CoreV1Api);
  const forward = new PortForward(config);

  return {
    core,
    apps: config.makeApiClient(AppsV1Api),
    customObjects: config.makeApiClient(CustomObjectsApi),
    discovery: config.makeApiClient(DiscoveryV1Api),
    async connect(socket, { namespace, pod, port }) {
      // The error channel: data arrives only if the pod refuses the connection or is gone.
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
    async getFromService<T>(
      { namespace, service, port }: ServicePort,
      path: string,
      parameters = {},
    ): Promise<T> {
      const request = { namespace, name: `${service}:${port}`, path };
      const answer: unknown = await core
        .connectGetNamespacedServiceProxyWithPath(request, {
          middleware: [addParameters(parameters)],
          middlewareMergeStrategy: 'append',
        })
        .catch((cause: unknown) => {
          throw new Error(describeApiError(cause), { cause });
        });
      // The client's type is string, the value is parsed JSON.
      return answer as T;
    },
  };
}

/** The cause of a failed call on one line: the client library's own messages hold headers and bodies. */
export function describeApiError(error: unknown): string {
  if (error instanceof ApiException) {
    return messageIn(error.body) ?? `the API server answered ${error.code}`;
  }
  if (!(error instanceof Error)) return String(error);
  // `fetch failed` is not the cause; its own cause is.
  return error.cause instanceof Error ? error.cause.message || error.message : error.message;
}

/** The client of a proxied Service has no query parameters. */
function addParameters(parameters: Readonly<Record<string, string>>): ObservableMiddleware {
  return {
    pre(request) {
      for (const [name, value] of Object.entries(parameters)) request.setQueryParam(name, value);
      return new Observable(Promise.resolve(request));
    },
    post: (response) => new Observable(Promise.resolve(response)),
  };
}

/** The only reader of the kubeconfig: its current context is never used. */
function loadContext(context: string): KubeConfig {
  const config = readKubeConfig();
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map(({ name }) => name);
    throw new UserError(
      `The kubeconfig has no context ${context}, only: ${known.join(', ') || 'none'}.\n` +
        `npm run cluster creates ${DEFAULT_CONTEXT}; CLUSTER_CONTEXT names another.`,
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
    throw new UserError(`The kubeconfig cannot be read: ${reason}`, { cause: error });
  }
  return config;
}

/** `message` of a Status of Kubernetes, `error` of an answer of Prometheus. */
function messageIn(body: unknown): string | undefined {
  if (typeof body !== 'string') return undefined;
  try {
    const { message, error } = JSON.parse(body) as { message?: string; error?: string };
    return message ?? error;
  } catch {
    return undefined;
  }
}
