import { execa } from 'execa';

import { ClusterError } from './errors.ts';
import { lastLines, type Run } from './exec.ts';

/** Where a command of kubectl or helm acts. kubectl's current context is never used. */
export interface Place {
  /** A context of the kubeconfig. */
  context: string;
  /** Default: the context's own. */
  namespace?: string;
}

/**
 * kubectl in one place: `kubectl('get', 'pods')`. Resolves with its stdout.
 *
 * @throws CommandError
 */
export interface Kubectl {
  (...args: string[]): Promise<string>;
  /** Applies one manifest, with more flags for `kubectl apply`. */
  apply(manifest: object, ...flags: string[]): Promise<string>;
}

/** The only way to kubectl: each command names the cluster. */
export function createKubectl(run: Run, place: Place): Kubectl {
  const kubectl = (...args: string[]) => run('kubectl', [...flagsOf(place), ...args]);
  return Object.assign(kubectl, {
    apply: (manifest: object, ...flags: string[]) =>
      run('kubectl', [...flagsOf(place), 'apply', ...flags, '--filename', '-'], {
        input: JSON.stringify(manifest),
      }),
  });
}

/** A port of this machine that leads into the cluster. */
export interface PortForward {
  port: number;
  /** The port in the pod. */
  targetPort: number;
  close(): Promise<void>;
}

interface PortForwardOptions extends Place {
  /** Of kubectl, such as `['port-forward', 'svc/relay-post', '5001:8081']`. */
  args: readonly string[];
  /** Ends it. */
  signal?: AbortSignal;
  timeoutMs?: number;
}

const FORWARDING = /Forwarding from 127\.0\.0\.1:(\d+) -> (\d+)/;
/** kubectl writes a line for each connection. */
const KEPT_CHARACTERS = 2000;

/**
 * Runs `kubectl port-forward` and resolves once it listens.
 *
 * @throws ClusterError with kubectl's output, if it ends or does not listen in time
 */
export async function forwardPort(options: PortForwardOptions): Promise<PortForward> {
  const { args, signal, timeoutMs = 20_000 } = options;
  const child = execa('kubectl', [...flagsOf(options), ...args], {
    reject: false,
    all: true,
    buffer: false,
    stdin: 'ignore',
    ...(signal && { cancelSignal: signal }),
  });
  const listening = Promise.withResolvers<[port: number, targetPort: number] | undefined>();
  let output = '';
  child.all.setEncoding('utf8').on('data', (text: string) => {
    output = `${output}${text}`.slice(0, KEPT_CHARACTERS);
    const [, port, targetPort] = FORWARDING.exec(output) ?? [];
    if (port) listening.resolve([Number(port), Number(targetPort)]);
  });
  void child.then(() => listening.resolve(undefined));
  const tooLate = setTimeout(() => listening.resolve(undefined), timeoutMs);
  const ports = await listening.promise;
  clearTimeout(tooLate);
  const close = async () => {
    child.kill();
    await child;
  };
  if (ports) return { port: ports[0], targetPort: ports[1], close };
  await close();
  throw new ClusterError(
    `kubectl ${args.join(' ')} does not forward:\n\n${lastLines(output, 5) || 'It printed nothing.'}`,
  );
}

function flagsOf({ context, namespace }: Place): string[] {
  return ['--context', context, ...(namespace === undefined ? [] : ['--namespace', namespace])];
}
