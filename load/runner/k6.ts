import path from 'node:path';

import { findProgram } from '@relay/dev-servers';
import { execa } from 'execa';

import { UserError } from '../../tools/kit/cli.ts';

const SCENARIOS = path.join(import.meta.dirname, '..', 'scenarios');
const WHERE_TO_GET_IT = 'Get it from https://grafana.com/docs/k6/latest/set-up/install-k6/';

/** The file of k6. @throws UserError if it is missing or too old to run TypeScript */
export async function findK6(): Promise<string> {
  const file = await findProgram('k6');
  if (!file) throw new UserError(`k6 is not on the PATH. ${WHERE_TO_GET_IT}`);
  const { stdout } = await execa(file, ['version']);
  const [, major] = /\bv(\d+)\.\d+/.exec(stdout) ?? [];
  if (Number(major) >= 1) return file;
  throw new UserError(`${file} is too old: k6 1.0 or newer is needed. ${WHERE_TO_GET_IT}`);
}

interface Run {
  k6: string;
  scenario: string;
  /** The environment variables of the scenario. */
  variables: Record<string, string>;
  remoteWrite: string | undefined;
  /** Ends the run early; k6 still prints its summary. */
  signal: AbortSignal;
}

/** Runs a scenario with k6's output in this terminal. @returns k6's exit code */
export async function runK6({
  k6,
  scenario,
  variables,
  remoteWrite,
  signal,
}: Run): Promise<number> {
  const startedAt = new Date().toISOString();
  // Only a terminal gets a progress bar.
  const args = [
    'run',
    '--no-usage-report',
    '--address',
    '',
    ...(process.stdout.isTTY ? [] : ['--quiet']),
  ];
  for (const [name, value] of Object.entries(variables)) args.push('-e', `${name}=${value}`);
  if (remoteWrite) {
    args.push('--out', 'experimental-prometheus-rw', '--tag', `testid=${scenario} ${startedAt}`);
  }
  args.push(path.join(SCENARIOS, `${scenario}.ts`));
  const child = execa(k6, args, {
    stdio: 'inherit',
    reject: false,
    env: {
      // Later versions may pass another form to `handleSummary`.
      K6_NEW_MACHINE_READABLE_SUMMARY: 'false',
      ...(remoteWrite && {
        K6_PROMETHEUS_RW_SERVER_URL: remoteWrite,
        K6_PROMETHEUS_RW_TREND_STATS: 'p(50),p(95),p(99),max',
      }),
    },
  });
  signal.addEventListener('abort', () => void child.kill('SIGINT'), { once: true });
  const { exitCode, signal: killedBy, failed, shortMessage } = await child;
  if (exitCode !== undefined) return exitCode;
  throw new UserError(killedBy || failed ? `k6 was ended: ${shortMessage}` : 'k6 was ended');
}
