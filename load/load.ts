import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';

import { httpUrl, readConfig } from '@relay/service-kit/process/config';

import { relayDir } from '../tools/dev/start/folder.ts';
import { assertRelay } from '../tools/kit/api-client.ts';
import { prometheusAt } from '../tools/kit/prometheus.ts';
import { withoutSlash } from '../tools/kit/urls.ts';
import { formatFigures, readFigures } from './cluster-figures.ts';
import { findK6, runK6 } from './runner/k6.ts';
import type { LoadOptions } from './runner/options.ts';
import { replacePodsUnderLoad } from './runner/rollout.ts';
import { findBaseUrl, findCluster, findMetrics } from './runner/targets.ts';
import type { Summary } from './summary.ts';

const print = (message: string) => void process.stdout.write(`${message}\n`);

/** @returns k6's exit code */
export async function run(options: LoadOptions, environment: NodeJS.ProcessEnv): Promise<number> {
  const over = new AbortController();
  const endLoad = () => over.abort();
  // Ctrl-C reaches k6 as well, which then prints its summary: this process waits for that.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', endLoad);
  try {
    return await load(options, environment, over.signal, endLoad);
  } finally {
    endLoad();
  }
}

async function load(
  options: LoadOptions,
  environment: NodeJS.ProcessEnv,
  signal: AbortSignal,
  endLoad: () => void,
): Promise<number> {
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
  await assertRelay(baseUrl, 'npm start, or npm run cluster');
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
  const replaced = rollout && replacePodsUnderLoad({ ...rollout, load: running, endLoad, print });
  const [code] = await Promise.all([running, replaced]);
  const endedAtMs = Date.now();

  const written = await readFile(resultsFile, 'utf8').catch(() => undefined);
  if (written === undefined) return code;
  print(`Written to ${path.relative('', resultsFile)}`);
  if (given.PROMETHEUS_URL) {
    const { metrics } = JSON.parse(written) as Summary;
    const requests = metrics['http_reqs']?.values['count'] ?? 0;
    const prometheus = prometheusAt(withoutSlash(given.PROMETHEUS_URL));
    await readFigures(prometheus, { startedAtMs, endedAtMs, requests }).then(
      (figures) => print(formatFigures(figures)),
      (error: unknown) => print(`No figures of the cluster: ${String(error)}`),
    );
  }
  return code;
}

async function newResultsFile({ scenario, out }: LoadOptions, atMs: number): Promise<string> {
  await mkdir(out, { recursive: true });
  const at = new Date(atMs).toISOString().slice(0, 19).replaceAll(':', '-');
  return path.resolve(out, `${scenario}-${at}.json`);
}
