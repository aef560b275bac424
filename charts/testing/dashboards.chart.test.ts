import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { CHART, render, renderPackage } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { ofKind } from './manifests.ts';
import { scenarios } from './scenarios.ts';

const GRAFANA = path.join(import.meta.dirname, '../../grafana/dashboards');
const SIDECAR = path.join(import.meta.dirname, '../../k8s/monitoring/values.yaml');
const files = globSync('*.json', { cwd: GRAFANA });
const enabled = scenarios['with dashboards'];

/** The text of each dashboard by its file's name. */
function dashboardsOf(manifests: readonly Manifest[]): Record<string, string> {
  const data = ofKind(manifests, 'ConfigMap')
    .filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/component'] === 'dashboards')
    .map((map) => map.data ?? {});
  return Object.assign({}, ...data) as Record<string, string>;
}

const configMaps = async (installation: object) =>
  ofKind(await render(installation), 'ConfigMap').filter(({ metadata }) =>
    metadata.name.includes('-dashboard-'),
  );

describe('the dashboards', () => {
  it('are not there unless they are asked for', async () => {
    expect(files.length).toBe(5);
    expect(dashboardsOf(await render())).toEqual({});
  });

  it('are those that are committed', async () => {
    const committed = files.map((file) => [file, readFileSync(path.join(GRAFANA, file), 'utf8')]);
    expect(dashboardsOf(await render(enabled))).toEqual(Object.fromEntries(committed));
  });

  it('are in the package of the chart', async () => {
    const packed = dashboardsOf(await renderPackage(enabled));
    expect(packed).toEqual(dashboardsOf(await render(enabled)));
  });

  it.each(['on kind', 'in production'] as const)('are there %s', async (where) => {
    expect(Object.keys(dashboardsOf(await render(scenarios[where])))).toHaveLength(files.length);
  });
});

describe('a dashboard', () => {
  it('has a ConfigMap of its own', async () => {
    const maps = await configMaps(enabled);
    expect(maps.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      'relay-dashboard-cache',
      'relay-dashboard-overview',
      'relay-dashboard-postgres',
      'relay-dashboard-redis',
      'relay-dashboard-services',
    ]);
  });

  it("is found by the monitoring stack's Grafana, which puts it into a folder", async () => {
    const { grafana } = parse(readFileSync(SIDECAR, 'utf8')) as {
      grafana: { sidecar: { dashboards: Record<string, string> } };
    };
    const { label, labelValue, folderAnnotation } = grafana.sidecar.dashboards;
    for (const { metadata } of await configMaps(enabled)) {
      expect(metadata.labels).toHaveProperty(label!, labelValue);
      expect(metadata.annotations).toEqual({ [folderAnnotation!]: 'Relay' });
    }
  });

  it('has the labels and the folder of the values', async () => {
    for (const { metadata } of await configMaps(scenarios['with every list and map filled'])) {
      expect(metadata.labels).toMatchObject({ grafana_dashboard: 'links', team: 'links' });
      expect(metadata.annotations).toEqual({ grafana_folder: 'Links' });
    }
  });

  it('links to the runbooks of the values', async () => {
    const values = {
      ...enabled.values,
      prometheusRule: { runbookUrl: 'https://wiki.example.com/on-call' },
    };
    const { prometheusRule } = parse(readFileSync(path.join(CHART, 'values.yaml'), 'utf8')) as {
      prometheusRule: { runbookUrl: string };
    };
    const before = JSON.stringify(dashboardsOf(await render(enabled)));
    const after = JSON.stringify(dashboardsOf(await render({ values })));
    expect(before).toContain(`${prometheusRule.runbookUrl}/RelayRedisDown.md`);
    expect(after).toBe(
      before.replaceAll(prometheusRule.runbookUrl, values.prometheusRule.runbookUrl),
    );
  });
});
