import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { chartReadme } from './readme.ts';

const CHART = path.join(import.meta.dirname, '../../../charts/relay');

/** Writes the chart's README, and reports whether it has changed. */
export async function run(): Promise<void> {
  const template = await readFile(path.join(import.meta.dirname, 'template.md'), 'utf8');
  const values = await readFile(path.join(CHART, 'values.yaml'), 'utf8');
  const file = path.join(CHART, 'README.md');
  const text = chartReadme(template, values);
  const changed = (await readFile(file, 'utf8').catch(() => '')) !== text;
  if (changed) await writeFile(file, text);
  console.log(`charts/relay/README.md: ${changed ? 'written' : 'no change'}`);
}
