import { findProgram } from '@relay/dev-servers';

import { UserError } from '../../tools/kit/cli.ts';
import { run } from '../../tools/kit/exec.ts';
import { createKubectl, type Kubectl } from '../../tools/kit/kubectl.ts';
import { NAMESPACE, RELEASE } from '../../tools/kit/names.ts';
import { forwardPort } from '../../tools/kit/port-forward.ts';
import { assertPrograms } from '../../tools/kit/programs.ts';

const POST_PODS = `app.kubernetes.io/instance=${RELEASE},app.kubernetes.io/component=post`;
const SERVICES = ['deployment/relay-auth', 'deployment/relay-post', 'deployment/relay-web'];
const ADMIN_PORT = 8081;

/** Relay's services in a cluster. */
export interface Services {
  context: string;
  kubectl: Kubectl;
}

/**
 * The services in the cluster of a context.
 *
 * @param orElse the way without kubectl, for the message
 * @throws UserError if kubectl or the services are missing
 */
export async function findServices(context: string, orElse: string): Promise<Services> {
  const kubectl = createKubectl(run, { context, namespace: NAMESPACE });
  try {
    await assertPrograms({ programs: ['kubectl'], findProgram, run });
    await kubectl('get', ...SERVICES, '--output', 'name');
  } catch (cause) {
    if (!(cause instanceof UserError)) throw cause;
    throw new UserError(
      `${cause.message}\nCLUSTER_CONTEXT names the cluster, here ${context}. Or ${orElse}.`,
      { cause },
    );
  }
  return { context, kubectl };
}

/** Replaces every pod of the services, and waits until the new ones are ready. */
export async function restartServices(kubectl: Kubectl): Promise<void> {
  await kubectl('rollout', 'restart', ...SERVICES);
  await Promise.all(SERVICES.map((name) => kubectl('rollout', 'status', name, '--timeout', '10m')));
}

/** Forwards the admin port of each pod of the post service until `signal`. Returns their URLs. */
export async function forwardPostPods(
  { context, kubectl }: Services,
  signal: AbortSignal,
): Promise<string[]> {
  const only = ['--selector', POST_PODS, '--field-selector', 'status.phase=Running'];
  const output = 'jsonpath={.items[*].metadata.name}';
  const names = await kubectl('get', 'pods', ...only, '--output', output);
  const pods = names.split(' ').filter(Boolean);
  if (pods.length === 0) throw new UserError(`No pod of the post service runs on ${context}`);
  // The client library is large, and only this needs it.
  const { connectKubernetes } = await import('../../tools/kit/kubernetes.ts');
  const { connect } = connectKubernetes(context);
  return Promise.all(
    pods.map(async (pod) => {
      const target = { namespace: NAMESPACE, pod, port: ADMIN_PORT };
      const forward = await forwardPort({ port: 0, findTarget: async () => target, connect });
      signal.addEventListener('abort', () => void forward.close(), { once: true });
      return `http://127.0.0.1:${forward.port}`;
    }),
  );
}
