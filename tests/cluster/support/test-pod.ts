import type { V1Pod } from '@kubernetes/client-node';

import { eventually } from '../../../tools/kit/wait.ts';
import { core, relay } from './cluster.ts';

interface TestPodOptions {
  namespace: string;
  name: string;
  labels: Record<string, string>;
  /** Files by name, of which `main.ts` runs. Default: the pod idles. */
  program?: Record<string, string>;
}

/** A pod with Node outside of the release. */
export interface TestPod {
  exec(...command: string[]): Promise<string>;
  logs(): Promise<string>;
  remove(): Promise<void>;
}

const IDLE = ['node', '--eval', 'setInterval(() => {}, 1000)'];

/** Starts a pod from the auth service's image, which every node has. */
export async function startTestPod(options: TestPodOptions): Promise<TestPod> {
  const { namespace, name, labels, program } = options;
  const [auth] = await relay.pods('auth');
  const body: V1Pod = {
    metadata: { name, labels },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      containers: [
        {
          name: 'test-pod',
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
  // An interrupted run may have left one.
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
