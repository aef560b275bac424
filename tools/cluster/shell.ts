import type { Run } from './exec.ts';

interface ShellOptions {
  context: string;
  cwd?: string;
  timeoutMs?: number;
}

/** The documents' commands name no context: functions do it for them, in subshells as well. */
const PRELUDE = `
kubectl() { command kubectl --context "$RELAY_CONTEXT" "$@"; }
helm() { command helm --kube-context "$RELAY_CONTEXT" "$@"; }
export -f kubectl helm
`;

/**
 * Runs commands of a document with bash, in the cluster of a context. Resolves with their stdout.
 *
 * @throws CommandError if one of them fails
 */
export function runShell(run: Run, script: string, options: ShellOptions): Promise<string> {
  const { context, ...rest } = options;
  return run('bash', ['-e', '-u', '-o', 'pipefail', '-c', `${PRELUDE}\n${script}`], {
    environment: { RELAY_CONTEXT: context },
    ...rest,
  });
}
