import { cp, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { stringify } from 'yaml';

import { CHART, renderChart, type Installation } from './helm.ts';
import type { Manifest } from './kubernetes.ts';

/**
 * Renders a copy of the chart's folder, which has nothing of the repository around it.
 *
 * @param change applied to the copy before it is rendered
 */
export function renderCopy(
  installation: Installation,
  change: (copy: string) => Promise<void> = async () => {},
): Promise<readonly Manifest[]> {
  return inTemporaryFolder(async (folder) => {
    const copy = path.join(folder, 'relay');
    // A link that leads out of the chart is copied as it is, and leads nowhere.
    await cp(CHART, copy, { recursive: true, verbatimSymlinks: true });
    await change(copy);
    return renderChart(copy, installation);
  });
}

/**
 * Renders a chart that has this one in its folder `charts`, as `relay`.
 *
 * @param values on top of those of the chart around it
 * @param condition the value that includes this one
 * @param own the values.yaml of the chart around it
 */
export function renderUmbrella(
  values: object,
  condition?: string,
  own: object = {},
): Promise<readonly Manifest[]> {
  return inTemporaryFolder(async (folder) => {
    const dependency = { name: 'relay', version: '*', ...(condition && { condition }) };
    const chart = {
      apiVersion: 'v2',
      name: 'shop',
      version: '1.0.0',
      dependencies: [dependency],
    };
    await mkdir(path.join(folder, 'charts'));
    await cp(CHART, path.join(folder, 'charts/relay'), { recursive: true });
    await writeFile(path.join(folder, 'Chart.yaml'), stringify(chart));
    await writeFile(path.join(folder, 'values.yaml'), stringify(own));
    return renderChart(folder, { release: 'shop', values });
  });
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-charts-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
