import { setInterval } from 'node:timers/promises';

import type { V1Pod } from '@kubernetes/client-node';

import { UserError } from '../kit/cli.ts';
import { CommandError, type Run } from '../kit/exec.ts';
import { conflictFlags, createHelm, placeFlags } from '../kit/helm.ts';
import { createKubectl, type Kubectl, type Place } from '../kit/kubectl.ts';
import { NAMESPACE, RELEASE, RELEASE_LABELS } from '../kit/names.ts';
import { explain } from './explain.ts';
import { imageValues, type Image } from './images.ts';
import type { Settings } from './options.ts';
import { describeProgress, summarizePod } from './pods.ts';

const CHART = 'charts/relay';
const TIMEOUT = '5m';
const PROGRESS_MS = 2000;

interface UpgradeOptions {
  run: Run;
  settings: Pick<Settings, 'context' | 'valuesFile'>;
  images: readonly Image[];
  /** Gets the progress whenever it changes. */
  report: (line: string) => void;
}

/**
 * Installs or upgrades the release and waits until every pod is ready.
 *
 * @throws UserError with helm's message, and the state, events and logs of the pods that are not ready
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
    throw new UserError([error.message, hint(error, place), why].filter(Boolean).join('\n\n'), {
      cause: error,
    });
  } finally {
    over.abort();
    await watching;
  }
}

/** A killed helm leaves the release locked; helm's message names no remedy. */
function hint({ stderr }: CommandError, place: Place): string {
  if (!stderr.includes('another operation')) return '';
  return (
    'If no other helm is running, one was killed before it finished. Roll back its revision, then try again:\n\n' +
    `  helm rollback ${RELEASE} ${placeFlags(place).join(' ')}    (the first revision: helm uninstall)`
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
