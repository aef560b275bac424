import { readFile } from 'node:fs/promises';

import { core, createNamespace, deleteNamespace } from '../../cluster/support/cluster.ts';
import { startStranger } from '../../cluster/support/stranger.ts';

const NAMESPACE = 'relay-drill';
const NAME = 'webhook';
const PORT = 8080;

/** One alert in one message of Alertmanager's. */
export interface Told {
  name: string;
  /** Tells alerts of one name apart. */
  fingerprint: string;
  status: 'firing' | 'resolved';
}

/** What keeps what Alertmanager says. */
export interface Webhook {
  url: string;
  /** In the order in which it came. */
  told(): Promise<Told[]>;
  forget(): Promise<void>;
}

/** Starts one in the cluster, until `restoring` is disposed. */
export async function startWebhook(restoring: AsyncDisposableStack): Promise<Webhook> {
  restoring.defer(() => deleteNamespace(NAMESPACE));
  await createNamespace(NAMESPACE, {});
  const program = await readFile(`${import.meta.dirname}/webhook-program.ts`, 'utf8');
  await startStranger({
    namespace: NAMESPACE,
    name: NAME,
    labels: {},
    program: { 'main.ts': program },
  });
  const { status } = await core().readNamespacedPod({ name: NAME, namespace: NAMESPACE });
  const pod = { name: `${NAME}:${PORT}`, namespace: NAMESPACE };
  return {
    url: `http://${status!.podIP}:${PORT}/`,
    async told() {
      const answer: unknown = await core().connectGetNamespacedPodProxy(pod);
      return answer as Told[];
    },
    async forget() {
      await core().connectDeleteNamespacedPodProxy(pod);
    },
  };
}
