import { globSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import type { Experiment, NotPlayed } from './experiment.ts';

const ALERTS = path.join(import.meta.dirname, '../../charts/relay/alerts');

export interface Experiments {
  played: { alert: string; experiment: Experiment }[];
  notPlayed: { alert: string; reason: string }[];
}

/** The experiments of all alerts, sorted by alert. */
export async function loadExperiments(): Promise<Experiments> {
  const experiments: Experiments = { played: [], notPlayed: [] };
  for (const file of globSync('*/experiment.ts', { cwd: ALERTS }).toSorted()) {
    const alert = path.dirname(file);
    const url = pathToFileURL(path.join(ALERTS, file)).href;
    const { default: entry } = (await import(url)) as { default: Experiment | NotPlayed };
    if ('notPlayed' in entry) experiments.notPlayed.push({ alert, reason: entry.notPlayed });
    else experiments.played.push({ alert, experiment: entry });
  }
  return experiments;
}
