import type { V1Pod } from '@kubernetes/client-node';

import { core, relay } from './cluster.ts';
import { eventually } from './eventually.ts';

interface StrangerOptions {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  /** Files by name; `main.ts` is run. Without any, the pod only waits. */
  program?: Record<string, string>;
}

/** A pod with Node that is no part of the release. */
export interface Stranger {
  exec(...command: string[]): Promise<string>;
  logs(): Promise<string>;
  remove(): Promise<void>;
}

const IDLE = ['node', '--eval', 'setInterval(() => {}, 1000)'];

/** Starts one from an image that the nodes have: the auth service's. */
export async function startStranger(options: StrangerOptions): Promise<Stranger> {
  const { namespace, name, labels, program } = options;
  const [auth] = await relay.pods('auth');
  const body: V1Pod = {
    metadata: { name, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'stranger',
          image: auth!.spec!.containers[0]!.image!,
          imagePullPolicy: 'IfNotPresent',
          command: program ? ['node', '/program/main.ts'] : IDLE,
          volumeMounts: program ? [{ name: 'program', mountPath: '/program' }] : [],
          securityContext: {
            allowPrivilegeEscalation: false,
            runAsNonRoot: true,
            runAsUser: 1000,
            capabilities: { drop: ['ALL'] },
            seccompProfile: { type: 'RuntimeDefault' },
          },
        },
      ],
      volumes: program ? [{ name: 'program', configMap: { name } }] : [],
    },
  };
  const kubectl = (...args: string[]) => relay.kubectl(`--namespace=${namespace}`, ...args);
  const remove = async () => {
    await kubectl('delete', 'pod,configmap', name, '--ignore-not-found', '--wait');
  };
  // An interrupted run may have left it.
  await remove();
  if (program) {
    await core().createNamespacedConfigMap({
      namespace,
      body: { metadata: { name }, data: program },
    });
  }
  await core().createNamespacedPod({ namespace, body });
  await eventually(
    `the pod ${name} runs`,
    async () => {
      const { status } = await core().readNamespacedPod({ namespace, name });
      if (status?.phase !== 'Running') throw new Error(`It is ${status?.phase}`);
    },
    { withinMs: 60_000 },
  );
  return {
    exec: (...command) => kubectl('exec', name, '--', ...command),
    logs: () => kubectl('logs', name),
    remove,
  };
}
