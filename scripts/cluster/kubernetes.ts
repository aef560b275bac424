import { Writable } from 'node:stream';

import { CoreV1Api, DiscoveryV1Api, KubeConfig, PortForward } from '@kubernetes/client-node';

import { ClusterError } from './errors.ts';
import type { Settings } from './options.ts';
import type { Connect } from './tunnel.ts';

export interface Kubernetes {
  core: CoreV1Api;
  discovery: DiscoveryV1Api;
  connect: Connect;
}

/** @throws ClusterError when the kubeconfig has no such context */
export function connectKubernetes({ context }: Pick<Settings, 'context'>): Kubernetes {
  const config = new KubeConfig();
  config.loadFromDefault();
  if (!config.getContextObject(context)) {
    const known = config.getContexts().map(({ name }) => name);
    throw new ClusterError(
      `The kubeconfig has no context ${context}, only: ${known.join(', ') || 'none'}.\n` +
        'npm run cluster makes kind-relay; CLUSTER_CONTEXT names another.',
    );
  }
  config.setCurrentContext(context);
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
