import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { alertsReadme, type AlertFolder } from './alerts.ts';
import { chartReadme } from './readme.ts';

const CHART = path.join(import.meta.dirname, '../../../charts/relay');
const ALERTS = path.join(CHART, 'alerts');

/** Writes the chart's README and its list of alerts, and reports which have changed. */
export async function run(): Promise<void> {
  const template = await readFile(path.join(import.meta.dirname, 'template.md'), 'utf8');
  const values = await readFile(path.join(CHART, 'values.yaml'), 'utf8');
  await update('charts/relay/README.md', path.join(CHART, 'README.md'), () =>
    chartReadme(template, values),
  );
  const folders = await readAlerts();
  await update('charts/relay/alerts/README.md', path.join(ALERTS, 'README.md'), (list) =>
    alertsReadme(list, folders),
  );
}

/** The folders of all alerts, sorted by name. */
export async function readAlerts(): Promise<AlertFolder[]> {
  const names = globSync('*/rule.yaml', { cwd: ALERTS }).map((file) => path.dirname(file));
  return Promise.all(
    names.toSorted().map(async (name) => {
      const read = (file: string) => readFile(path.join(ALERTS, name, file), 'utf8');
      return { name, rule: await read('rule.yaml'), runbook: await read('runbook.md') };
    }),
  );
}

async function update(name: string, file: string, render: (old: string) => string): Promise<void> {
  const old = await readFile(file, 'utf8').catch(() => '');
  const text = render(old);
  if (text !== old) await writeFile(file, text);
  console.log(`${name}: ${text === old ? 'no change' : 'written'}`);
}
