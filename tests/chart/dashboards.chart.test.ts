import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { RUNBOOKS } from '../../grafana/src/links.ts';
import { CHART, render, renderPackage } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { ofKind } from './manifests.ts';
import { scenarios } from './scenarios.ts';

const FOLDER = path.join(CHART, 'dashboards');
const SIDECAR = path.join(import.meta.dirname, '../../k8s/monitoring/values.yaml');
const files = globSync('*.json', { cwd: FOLDER });
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
  it('are rendered only if enabled', async () => {
    expect(files.length).toBe(5);
    expect(dashboardsOf(await render())).toEqual({});
  });

  it('are those that are committed', async () => {
    const committed = files.map((file) => [file, readFileSync(path.join(FOLDER, file), 'utf8')]);
    // With the placeholder as the place of the runbooks, nothing of them changes.
    const values = { ...enabled.values, prometheusRule: { runbookUrl: RUNBOOKS } };
    expect(dashboardsOf(await render({ values }))).toEqual(Object.fromEntries(committed));
  });

  it('are in the package of the chart', async () => {
    const packed = dashboardsOf(await renderPackage(enabled));
    expect(packed).toEqual(dashboardsOf(await render(enabled)));
  });

  it('are all there on kind', async () => {
    expect(Object.keys(dashboardsOf(await render(scenarios['on kind'])))).toHaveLength(
      files.length,
    );
  });

  it('of stores without an exporter are left out', async () => {
    const dashboards = dashboardsOf(await render(scenarios['in production']));
    expect(Object.keys(dashboards).toSorted()).toEqual([
      'relay-cache.json',
      'relay-overview.json',
      'relay-services.json',
    ]);
  });

  it('of external stores with exporters are there', async () => {
    const { values } = scenarios['with exporters of external stores'];
    const dashboards = await render({
      values: { ...values, grafanaDashboards: { enabled: true } },
    });
    expect(Object.keys(dashboardsOf(dashboards))).toHaveLength(files.length);
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

  it.each([
    ['https://wiki.example.com/on-call', 'https://wiki.example.com/on-call/RelayRedisDown.md'],
    [
      'https://git.example.com/{alert}/runbook.md',
      'https://git.example.com/RelayRedisDown/runbook.md',
    ],
  ])('links to the runbooks at %s', async (runbookUrl, expected) => {
    const values = { ...enabled.values, prometheusRule: { enabled: true, runbookUrl } };
    const manifests = await render({ values });
    const linked = Object.values(dashboardsOf(manifests)).join('\n');
    expect(linked).toContain(`"url": "${expected}"`);
    expect(linked).not.toContain('runbooks.invalid');
    const rules = ofKind(manifests, 'PrometheusRule').flatMap(({ spec }) => spec.groups);
    expect(JSON.stringify(rules)).toContain(`"runbook_url":"${expected}"`);
  });

  it('has no links to runbooks without their address', async () => {
    const bare = Object.values(dashboardsOf(await render(enabled)));
    expect(bare.join('\n')).not.toMatch(/runbook/i);
    // The rest is JSON, with the panels' other links in it.
    const panels = bare.flatMap((text) => (JSON.parse(text) as { panels: object[] }).panels);
    expect(panels.length).toBeGreaterThan(100);
    expect(JSON.stringify(panels)).toContain('/explore?');
  });

  it('selects the cluster by the label that the values name', async () => {
    const values = { ...enabled.values, prometheusRule: { clusterLabel: 'k8s_cluster' } };
    const text = Object.values(dashboardsOf(await render({ values }))).join('\n');
    expect(text).toContain('{k8s_cluster=~\\"$cluster\\",namespace=');
    expect(text).toContain('label_values(relay_build_info, k8s_cluster)');
    expect(text).not.toMatch(/\bcluster=~|on \(cluster,|info, cluster\)/);
  });
});
