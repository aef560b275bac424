import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { dashboards, toJson } from './dashboards.ts';

const FOLDER = path.join(import.meta.dirname, '../../charts/relay/dashboards');

/** Writes each dashboard to its file, and reports which have changed. */
export async function run(): Promise<void> {
  const changed: string[] = [];
  for (const dashboard of dashboards) {
    const name = `${dashboard.uid}.json`;
    const file = path.join(FOLDER, name);
    const json = toJson(dashboard);
    if ((await readFile(file, 'utf8').catch(() => '')) === json) continue;
    await writeFile(file, json);
    changed.push(name);
  }
  const what = changed.length > 0 ? `changed: ${changed.join(', ')}` : 'no change';
  process.stdout.write(`${dashboards.length} dashboards in charts/relay/dashboards, ${what}\n`);
}
