import { findProgram } from '@relay/dev-servers';

import { ClusterError } from '../../tools/cluster/errors.ts';
import { run } from '../../tools/cluster/exec.ts';
import { createKubectl, forwardPort, type Kubectl } from '../../tools/cluster/kubectl.ts';
import { NAMESPACE, RELEASE } from '../../tools/cluster/names.ts';
import { assertTools } from '../../tools/cluster/tools.ts';
import { LoadError } from './errors.ts';

const POST_PODS = `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=post`;
const SERVICES = ['deployment/relay-auth', 'deployment/relay-post'];
const ADMIN_PORT = 8081;

/** Relay's services on a cluster. */
export interface Services {
  context: string;
  kubectl: Kubectl;
}

/**
 * The services in the cluster of a context.
 *
 * @param orElse how to do without kubectl, for the message
 * @throws LoadError without kubectl, or if the services are not there
 */
export async function findServices(context: string, orElse: string): Promise<Services> {
  const kubectl = createKubectl(run, { context, namespace: NAMESPACE });
  try {
    await assertTools({ tools: ['kubectl'], findProgram, run });
    await kubectl('get', ...SERVICES, '--output', 'name');
  } catch (cause) {
    if (!(cause instanceof ClusterError)) throw cause;
    throw new LoadError(
      `${cause.message}\nCLUSTER_CONTEXT names the cluster, here ${context}. Or ${orElse}.`,
      { cause },
    );
  }
  return { context, kubectl };
}

/** Replaces every pod of both services, and waits until the new ones serve. */
export async function restartServices(kubectl: Kubectl): Promise<void> {
  await kubectl('rollout', 'restart', ...SERVICES);
  await Promise.all(SERVICES.map((name) => kubectl('rollout', 'status', name, '--timeout', '10m')));
}

/** The admin ports of all pods of the post service, on this machine until `signal`. */
export async function forwardPostPods(
  { context, kubectl }: Services,
  signal: AbortSignal,
): Promise<string[]> {
  const only = ['--selector', POST_PODS, '--field-selector', 'status.phase=Running'];
  const output = 'jsonpath={.items[*].metadata.name}';
  const names = await kubectl('get', 'pods', ...only, '--output', output);
  const pods = names.split(' ').filter(Boolean);
  if (pods.length === 0) throw new LoadError(`No pod of the post service runs on ${context}`);
  return Promise.all(
    pods.map(async (pod) => {
      const args = ['port-forward', `pod/${pod}`, `:${ADMIN_PORT}`];
      const { port } = await forwardPort({ context, namespace: NAMESPACE, args, signal });
      return `http://127.0.0.1:${port}`;
    }),
  );
}
