import { setTimeout as wait } from 'node:timers/promises';

import { findProgram } from '@relay/local';
import { execa, ExecaError } from 'execa';

import { LoadError } from './errors.ts';

const NAMESPACE = 'relay';
const POST_PODS = 'app.kubernetes.io/instance=relay,app.kubernetes.io/component=post';
const SERVICES = ['deployment/relay-auth', 'deployment/relay-post'];
const FORWARD_TIMEOUT_MS = 10_000;

export type Kubectl = (...args: string[]) => Promise<string>;

/** Runs kubectl in Relay's namespace. @throws LoadError when it is missing, or with its last words */
export async function findKubectl(orElse: string): Promise<Kubectl> {
  const file = await findProgram('kubectl');
  if (!file) {
    const where = 'Get it from https://kubernetes.io/docs/tasks/tools/';
    throw new LoadError(`kubectl is not on the PATH. ${where}, or ${orElse}`);
  }
  return async (...args) => {
    try {
      return (await execa(file, ['--namespace', NAMESPACE, ...args])).stdout;
    } catch (cause) {
      const words = cause instanceof ExecaError ? String(cause.stderr) : '';
      throw new LoadError(`kubectl ${args.join(' ')}: ${words}\nOr ${orElse}`, { cause });
    }
  };
}

/** Which cluster the services are in. @throws LoadError when they are in none that is reachable */
export async function assertServices(kubectl: Kubectl): Promise<string> {
  await kubectl('get', ...SERVICES, '--output', 'name');
  return kubectl('config', 'current-context');
}

/** Replaces every pod of both services, and waits until the new ones serve. */
export async function restartServices(kubectl: Kubectl): Promise<void> {
  await kubectl('rollout', 'restart', ...SERVICES);
  await Promise.all(SERVICES.map((name) => kubectl('rollout', 'status', name, '--timeout', '10m')));
}

/** The admin ports of all pods of the post service, on this machine until `signal`. */
export async function forwardPostPods(kubectl: Kubectl, signal: AbortSignal): Promise<string[]> {
  const only = ['--selector', POST_PODS, '--field-selector', 'status.phase=Running'];
  const output = 'jsonpath={.items[*].metadata.name}';
  const names = await kubectl('get', 'pods', ...only, '--output', output);
  const pods = names.split(' ').filter(Boolean);
  if (pods.length === 0) throw new LoadError(`No pod of the post service runs in ${NAMESPACE}`);
  return Promise.all(pods.map((pod) => forward(pod, signal)));
}

async function forward(pod: string, signal: AbortSignal): Promise<string> {
  const args = ['--namespace', NAMESPACE, 'port-forward', `pod/${pod}`, ':8081'];
  const child = execa('kubectl', args, { reject: false, buffer: false, cancelSignal: signal });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  let output = '';
  // Read to its end: kubectl says a line for each connection, and would wait for a reader.
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output = `${output}${text}`.slice(0, 1000);
    const [, port] = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(output) ?? [];
    if (port) resolve(`http://127.0.0.1:${port}`);
  });
  void child.then(() => resolve(undefined));
  const tooLate = wait(FORWARD_TIMEOUT_MS, undefined, { ref: false });
  const url = await Promise.race([promise, tooLate]);
  if (url) return url;
  throw new LoadError(`The admin port of pod ${pod} cannot be forwarded`);
}
