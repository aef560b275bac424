import { setInterval } from 'node:timers/promises';

import type { V1Pod } from '@kubernetes/client-node';

import { CommandError, type Run } from './command.ts';
import { ClusterError } from './errors.ts';
import { explain } from './explain.ts';
import { imageValues, type Image } from './images.ts';
import { NAMESPACE, RELEASE, RELEASE_LABELS } from './names.ts';
import type { Settings } from './options.ts';
import { describeProgress, summarizePod } from './pods.ts';

const CHART = 'charts/relay';
const TIMEOUT = '5m';
const PROGRESS_MS = 2000;

interface UpgradeOptions {
  run: Run;
  settings: Pick<Settings, 'context' | 'valuesFile'>;
  images: readonly Image[];
  /** Told how far it has come, when that changes. */
  report: (line: string) => void;
}

/**
 * Installs or upgrades the release, and waits until all of it is ready.
 *
 * @throws ClusterError that says what is not ready, and why
 */
export async function upgradeRelease({
  run,
  settings,
  images,
  report,
}: UpgradeOptions): Promise<void> {
  const { context, valuesFile } = settings;
  const over = new AbortController();
  const watching = reportProgress(run, context, report, over.signal);
  const place = ['--kube-context', context, '--namespace', NAMESPACE];
  const values = ['--values', valuesFile, ...imageValues(images)];
  try {
    const flags = [...(await conflictFlags(run)), '--wait', '--timeout', TIMEOUT];
    await run('helm', ['upgrade', '--install', RELEASE, CHART, ...place, ...values, ...flags]);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    const why = await explain(run, context).catch(() => '');
    throw new ClusterError([error.message, hint(error, place), why].filter(Boolean).join('\n\n'), {
      cause: error,
    });
  } finally {
    over.abort();
    await watching;
  }
}

/**
 * Helm 4 refuses to change what kubectl has changed since, such as the number of pods; Helm 3 puts
 * back what the chart says, as whoever deploys expects.
 */
export async function conflictFlags(run: Run): Promise<string[]> {
  const version = await run('helm', ['version', '--template', '{{.Version}}']);
  return version.startsWith('v3.') ? [] : ['--force-conflicts'];
}

/** A helm that was killed leaves the release locked, and says only that. */
function hint({ stderr }: CommandError, place: readonly string[]): string {
  if (!stderr.includes('another operation')) return '';
  return (
    'If nobody else is at it, a helm was ended half-way. Take back what it began, and try again:\n\n' +
    `  helm rollback ${RELEASE} ${place.join(' ')}    (helm uninstall, if it was the first)`
  );
}

async function reportProgress(
  run: Run,
  context: string,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const args = ['--context', context, '--namespace', NAMESPACE, 'get', 'pods'];
  const flags = ['--selector', RELEASE_LABELS, '--output', 'json'];
  let reported = '';
  try {
    for await (const _ of setInterval(PROGRESS_MS, undefined, { signal })) {
      const list = await run('kubectl', [...args, ...flags]).catch(() => '{"items":[]}');
      const { items } = JSON.parse(list) as { items: V1Pod[] };
      const line = describeProgress(items.map(summarizePod));
      if (line !== reported) report(line);
      reported = line;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
