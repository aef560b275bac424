import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { httpUrl, readConfig } from '@relay/service-kit/process/config';

import { ClusterError } from '../tools/cluster/errors.ts';
import { relayDir } from '../tools/dev/start/folder.ts';
import { formatFigures, prometheus, readFigures } from './cluster-figures.ts';
import { LoadError } from './runner/errors.ts';
import { findK6, runK6 } from './runner/k6.ts';
import type { LoadOptions } from './runner/options.ts';
import { replacePodsUnderLoad } from './runner/rollout.ts';
import { assertRelay, findBaseUrl, findCluster, findMetrics } from './runner/targets.ts';
import { withoutSlash } from './settings.ts';
import type { Summary } from './summary.ts';

const say = (message: string) => void process.stdout.write(`${message}\n`);
const over = new AbortController();
const { signal } = over;
const endLoad = () => over.abort();

export const expectedErrors = [LoadError, ClusterError];

/** What was typed, and the environment. */
export type LoadCommand = LoadOptions & { environment: NodeJS.ProcessEnv };

/** @returns k6's exit code */
export async function run({ environment, ...options }: LoadCommand): Promise<number> {
  // Ctrl-C reaches k6 as well, which then prints its summary: this process waits for that.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', endLoad);
  try {
    return await load(options, environment);
  } finally {
    endLoad();
  }
}

async function load(options: LoadOptions, environment: NodeJS.ProcessEnv): Promise<number> {
  const { scenario, variables, remoteWrite } = options;
  const given = readConfig(
    {
      BASE_URL: httpUrl().optional(),
      ADMIN_URL: httpUrl().optional(),
      PROMETHEUS_URL: httpUrl().optional(),
    },
    environment,
  );
  const folder = relayDir(environment);
  const isNamed = Boolean(environment['RELAY_DIR']);
  const k6 = await findK6();
  const baseUrl = await findBaseUrl({ baseUrl: given.BASE_URL, relayDir: folder, isNamed });
  await assertRelay(baseUrl);
  const target = {
    baseUrl,
    adminUrl: given.ADMIN_URL,
    relayDir: folder,
    context: environment['CLUSTER_CONTEXT'] || undefined,
    signal,
  };
  const replaces = scenario === 'rollout' && options.restart;
  const rollout = replaces ? await findCluster(target) : undefined;
  const metricsUrls = scenario === 'herd' ? await findMetrics(target) : [];
  const startedAtMs = Date.now();
  const resultsFile = await newResultsFile(options, startedAtMs);

  const running = runK6({
    k6,
    scenario,
    variables: {
      ...variables,
      BASE_URL: baseUrl,
      METRICS_URLS: metricsUrls.join(','),
      RESULTS_FILE: resultsFile,
    },
    remoteWrite,
    signal,
  });
  const replaced = rollout && replacePodsUnderLoad({ ...rollout, load: running, endLoad, say });
  const [code] = await Promise.all([running, replaced]);
  const endedAtMs = Date.now();

  const written = await readFile(resultsFile, 'utf8').catch(() => undefined);
  if (written === undefined) return code;
  say(`Written to ${path.relative('', resultsFile)}`);
  if (given.PROMETHEUS_URL) {
    const { metrics } = JSON.parse(written) as Summary;
    const requests = metrics['http_reqs']?.values['count'] ?? 0;
    const ask = prometheus(withoutSlash(given.PROMETHEUS_URL), endedAtMs);
    await readFigures(ask, { startedAtMs, endedAtMs, requests }).then(
      (figures) => say(formatFigures(figures)),
      (error: unknown) => say(`No figures of the cluster: ${String(error)}`),
    );
  }
  return code;
}

async function newResultsFile({ scenario, out }: LoadOptions, atMs: number): Promise<string> {
  await mkdir(out, { recursive: true });
  const at = new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return path.resolve(out, `${scenario}-${at}.json`);
}
