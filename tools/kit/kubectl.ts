import type { Run } from './exec.ts';

/** Where a command of kubectl or helm acts. kubectl's current context is never used. */
export interface Place {
  /** A context of the kubeconfig. */
  context: string;
  /** Default: the context's own. */
  namespace?: string;
}

interface FollowOptions {
  onLine: (line: string) => void;
  /** Ends the command. */
  signal: AbortSignal;
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
  /** Runs a command such as `port-forward` until the signal. */
  follow(args: readonly string[], options: FollowOptions): Promise<void>;
}

/** The only caller of kubectl: every command names the cluster. */
export function createKubectl(run: Run, { context, namespace }: Place): Kubectl {
  const place = [
    '--context',
    context,
    ...(namespace === undefined ? [] : ['--namespace', namespace]),
  ];
  const kubectl = (...args: string[]) => run('kubectl', [...place, ...args]);
  return Object.assign(kubectl, {
    apply: (manifest: object, ...flags: string[]) =>
      run('kubectl', [...place, 'apply', ...flags, '--filename', '-'], {
        input: JSON.stringify(manifest),
      }),
    async follow(args: readonly string[], options: FollowOptions) {
      try {
        await run('kubectl', [...place, ...args], options);
      } catch (error) {
        if (!options.signal.aborted) throw error;
      }
    },
  });
}
