import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Experiment, NotRun } from './experiment.ts';

const ALERTS = path.join(import.meta.dirname, '../../charts/relay/alerts');

export interface Experiments {
  runnable: { alert: string; experiment: Experiment }[];
  notRun: { alert: string; reason: string }[];
}

/** The experiments of all alerts, sorted by alert. */
export async function loadExperiments(): Promise<Experiments> {
  const experiments: Experiments = { runnable: [], notRun: [] };
  for (const file of globSync('*/experiment.ts', { cwd: ALERTS }).toSorted()) {
    const alert = path.dirname(file);
    const url = pathToFileURL(path.join(ALERTS, file)).href;
    const { default: entry } = (await import(url)) as { default: Experiment | NotRun };
    if ('notRun' in entry) experiments.notRun.push({ alert, reason: entry.notRun });
    else experiments.runnable.push({ alert, experiment: entry });
  }
  return experiments;
}
