import { setInterval } from 'node:timers/promises';

import type { V1Pod } from '@kubernetes/client-node';

import { ClusterError } from './errors.ts';
import { CommandError, type Run } from './exec.ts';
import { explain } from './explain.ts';
import { conflictFlags, createHelm, placeFlags } from './helm.ts';
import { imageValues, type Image } from './images.ts';
import { createKubectl, type Kubectl, type Place } from './kubectl.ts';
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
  const place = { context, namespace: NAMESPACE };
  const helm = createHelm(run, place);
  const watching = reportProgress(createKubectl(run, place), report, over.signal);
  const values = ['--values', valuesFile, ...imageValues(images)];
  try {
    const flags = [...(await conflictFlags(helm)), '--wait', '--timeout', TIMEOUT];
    await helm('upgrade', '--install', RELEASE, CHART, ...values, ...flags);
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

/** A helm that was killed leaves the release locked, and says only that. */
function hint({ stderr }: CommandError, place: Place): string {
  if (!stderr.includes('another operation')) return '';
  return (
    'If nobody else is at it, a helm was ended half-way. Take back what it began, and try again:\n\n' +
    `  helm rollback ${RELEASE} ${placeFlags(place).join(' ')}    (helm uninstall, if it was the first)`
  );
}

async function reportProgress(
  kubectl: Kubectl,
  report: (line: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const args = ['get', 'pods', '--selector', RELEASE_LABELS, '--output', 'json'];
  let reported = '';
  try {
    for await (const _ of setInterval(PROGRESS_MS, undefined, { signal })) {
      const list = await kubectl(...args).catch(() => '{"items":[]}');
      const { items } = JSON.parse(list) as { items: V1Pod[] };
      const line = describeProgress(items.map(summarizePod));
      if (line !== reported) report(line);
      reported = line;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
