import { UsageError } from '../../tools/kit/cli.ts';
import { readFlags, wholeNumber } from '../../tools/kit/flags.ts';
import { PLANS, SCENARIO_NAMES, type Plan, type ScenarioName } from '../plans.ts';
import { parseDuration } from '../settings.ts';

export const USAGE = `Loads Relay with k6 and checks its thresholds.

  npm run load -- <scenario> [options]

${SCENARIO_NAMES.map(describe).join('\n')}

  --duration <time>     how long, such as 90s, 5m or 2h
  --rate <n>            requests a second, at the peak    (load, stress, soak, rollout)
  --clients <n>         clients at a time                 (herd)
  --no-restart          leave the pods alone              (rollout)
  --remote-write <url>  also send every measurement to a Prometheus that takes remote writes,
                        such as http://localhost:9090/api/v1/write
  --out <folder>        where the results go as JSON      (load-results)
  --help

Environment variables:

  BASE_URL         where Relay is. Default: that of npm start, if it runs, in the folder
                   RELAY_DIR; else http://localhost:5000
  PROMETHEUS_URL   a Prometheus that watches the cluster: hit ratio, queries, memory and CPU
                   during the run are shown as well
  ADMIN_URL        herd counts loads in the metrics of this admin port. Default: of the Relay that
                   runs on this machine, or of all post pods, by way of kubectl
  CLUSTER_CONTEXT  the kubectl context of rollout and herd; the current one is never used.
                   Default with a BASE_URL on localhost: kind-relay

It ends with k6's exit code: 0 passed, 99 a threshold was not met. The thresholds are in
load/thresholds.ts.`;

export interface LoadOptions {
  scenario: ScenarioName;
  /** As k6's scenarios take them. */
  variables: { DURATION?: string; RATE?: string; CLIENTS?: string };
  restart: boolean;
  remoteWrite: string | undefined;
  out: string;
}

/** @throws UsageError */
export function parseOptions(args: string[]): LoadOptions {
  const [first = '', ...rest] = args;
  const isScenario = first !== '' && !first.startsWith('-');
  const values = readFlags(isScenario ? rest : args, {
    duration: { type: 'string' },
    rate: { type: 'string' },
    clients: { type: 'string' },
    'no-restart': { type: 'boolean', default: false },
    'remote-write': { type: 'string' },
    out: { type: 'string', default: 'load-results' },
  });
  const scenario = scenarioOf(isScenario ? first : '');
  const plan: Plan = PLANS[scenario];
  const { duration, rate, clients } = values;
  const refuse = (flag: string) => {
    throw new UsageError(`${flag}: ${scenario} has no such option\nAll options: --help`);
  };
  if (rate !== undefined && !plan.rate) refuse('--rate');
  if (clients !== undefined && !plan.clients) refuse('--clients');
  if (values['no-restart'] && scenario !== 'rollout') refuse('--no-restart');
  return {
    scenario,
    variables: {
      ...(duration !== undefined && { DURATION: durationOf(duration, plan) }),
      ...(rate !== undefined && { RATE: String(wholeNumber('--rate', rate, 1, 100_000)) }),
      ...(clients !== undefined && { CLIENTS: String(wholeNumber('--clients', clients, 1, 5000)) }),
    },
    restart: !values['no-restart'],
    remoteWrite: values['remote-write'] && httpUrlOf('--remote-write', values['remote-write']),
    out: values.out,
  };
}

function scenarioOf(name: string): ScenarioName {
  const found = SCENARIO_NAMES.find((known) => known === name);
  if (found) return found;
  const problem = name === '' ? 'Which scenario?' : `There is no scenario "${name}".`;
  throw new UsageError(`${problem} There are: ${SCENARIO_NAMES.join(', ')}\nAll options: --help`);
}

function durationOf(text: string, { maxSeconds = 7 * 24 * 3600 }: Plan): string {
  const seconds = parseDuration(text);
  if (!seconds) throw new UsageError(`--duration: must be like 90s, 5m or 2h, not "${text}"`);
  if (seconds <= maxSeconds) return text;
  throw new UsageError(
    `--duration: at most ${inWords(maxSeconds)}, for so many clients cannot renew their tokens`,
  );
}

function httpUrlOf(flag: string, text: string): string {
  if (/^https?:/.test(text) && URL.canParse(text)) return text;
  throw new UsageError(
    `${flag}: must be a URL that begins with http:// or https://, not "${text}"`,
  );
}

function describe(name: ScenarioName): string {
  const { what, seconds, rate, clients }: Plan = PLANS[name];
  const size = rate ? `, ${rate} requests/s` : clients ? `, ${clients} clients` : '';
  return `  ${name.padEnd(8)} ${what} (${inWords(seconds)}${size})`;
}

function inWords(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}
