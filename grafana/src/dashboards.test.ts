import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import type { Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Dataquery } from '@grafana/grafana-foundation-sdk/prometheus';
import { describe, expect, it } from 'vitest';

import { dashboards, toJson } from './dashboards.ts';
import { panelsOf, queriesOf, variableQueriesOf } from './queries-of.ts';

const FOLDER = path.join(import.meta.dirname, '../../charts/relay/dashboards');
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

const all = dashboards.map((dashboard) => ({ dashboard, title: dashboard.title! }));
const panels = all.flatMap(({ dashboard, title }) =>
  panelsOf(dashboard).map((panel) => ({ panel, where: `${title}: ${panel.title}` })),
);
const isChosen = (source: unknown) => JSON.stringify(source) === JSON.stringify(DATASOURCE);
const repeated = <T>(list: readonly T[]) => list.filter((one, at) => list.indexOf(one) !== at);
/** The names of the panels that are not as they should be. */
const unlike = (isRight: (panel: Panel) => boolean) =>
  panels.filter(({ panel }) => !isRight(panel)).map(({ where }) => where);

describe('the dashboards', () => {
  it('are committed as they are generated', () => {
    const generated = dashboards.map((one) => [`${one.uid}.json`, toJson(one)]);
    const committed = globSync('*', { cwd: FOLDER }).map((file) => [
      file,
      readFileSync(path.join(FOLDER, file), 'utf8'),
    ]);
    expect(Object.fromEntries(committed), 'npm run dashboards makes them').toEqual(
      Object.fromEntries(generated),
    );
  });

  it('have distinct ids and titles', () => {
    expect(repeated(dashboards.map(({ uid }) => uid))).toEqual([]);
    expect(repeated(all.map(({ title }) => title))).toEqual([]);
    expect(repeated(panels.map(({ where }) => where))).toEqual([]);
  });

  it('are found by their tag, and lead to each other about the same release', () => {
    for (const { tags, links } of dashboards) {
      expect(tags).toEqual(['relay']);
      expect(links).toEqual([
        expect.objectContaining({ tags: ['relay'], includeVars: true, keepTime: true }),
      ]);
    }
  });

  it('have variables for Prometheus, cluster, namespace and release', () => {
    for (const dashboard of dashboards) {
      const names = dashboard.templating.list?.map(({ name }) => name);
      expect(names?.slice(0, 4)).toEqual(['datasource', 'cluster', 'namespace', 'release']);
      expect(variableQueriesOf(dashboard).map(({ name }) => name)).toEqual([
        'cluster',
        'namespace',
        'release',
      ]);
    }
  });

  it('are about all clusters unless one is chosen, and about series without a cluster too', () => {
    for (const { templating } of dashboards) {
      const cluster = templating.list?.find(({ name }) => name === 'cluster');
      expect(cluster).toMatchObject({
        includeAll: true,
        allValue: '.*',
        current: { text: 'All', value: '$__all' },
      });
    }
  });

  it('mark deploys and alerts', () => {
    for (const { annotations } of dashboards) {
      expect(annotations.list).toEqual([
        expect.objectContaining({ name: 'Deploys', datasource: DATASOURCE }),
        expect.objectContaining({ name: 'Alerts', datasource: DATASOURCE }),
      ]);
    }
  });

  it('fit into a ConfigMap each', () => {
    const sizes = dashboards.map((one) => Buffer.byteLength(toJson(one)));
    expect(Math.max(...sizes)).toBeLessThan(2 ** 20 / 2);
  });
});

describe('every panel', () => {
  it('is there', () => {
    expect(panels.length).toBeGreaterThan(100);
  });

  it('has a description of one sentence', () => {
    expect(
      unlike(({ description = '' }) => /^[A-Z](?:(?!\. [A-Z]).)*\.$/.test(description)),
    ).toEqual([]);
  });

  it('has a unit', () => {
    expect(unlike(({ fieldConfig }) => Boolean(fieldConfig?.defaults.unit))).toEqual([]);
  });

  it('queries the chosen Prometheus', () => {
    expect(
      unlike(({ datasource, targets = [] }) =>
        [datasource, ...(targets as Dataquery[]).map((one) => one.datasource)].every(isChosen),
      ),
    ).toEqual([]);
  });

  it('has a query, and a name for each line', () => {
    expect(
      unlike(({ targets = [] }) => {
        const queries = targets as Dataquery[];
        return queries.length > 0 && queries.every(({ legendFormat = '' }) => legendFormat !== '');
      }),
    ).toEqual([]);
  });

  it('has a number and a place of its own', () => {
    for (const { dashboard } of all) {
      const drawn = dashboard.panels!;
      expect(repeated(drawn.map(({ id }) => id))).toEqual([]);
      const cells = drawn.flatMap(({ gridPos }) => cellsOf(gridPos!));
      expect(repeated(cells)).toEqual([]);
      expect(cells.filter((cell) => cell % 100 >= 24)).toEqual([]);
    }
  });

  it('has colours with rising limits', () => {
    expect(
      unlike(({ fieldConfig }) => {
        const [first, ...rest] = fieldConfig!.defaults.thresholds!.steps;
        const limits = rest.map(({ value }) => value!);
        return first!.value === null && limits.every((limit, at) => limit > (limits[at - 1] ?? -1));
      }),
    ).toEqual([]);
  });

  it('of latencies shows the traces behind them', () => {
    const bare = panels.flatMap(({ panel, where }) =>
      (panel.targets as Dataquery[])
        .filter(({ expr, exemplar }) => TRACED.test(expr) && exemplar !== true)
        .map(() => where),
    );
    expect(bare).toEqual([]);
    const sent = dashboards
      .flatMap((one) => queriesOf(one))
      .filter(({ expr }) => TRACED.test(expr));
    expect(sent.length).toBeGreaterThan(10);
  });
});

/** The histograms that carry exemplars. */
const TRACED =
  /(?:http_request_duration_seconds|cache_operation_duration_ms|cache_load_duration_seconds|postgres_query_duration_seconds)_bucket/;

/** Each cell of the grid as one number: a hundred to a line. */
function cellsOf({ x, y, w, h }: { x: number; y: number; w: number; h: number }): number[] {
  return Array.from({ length: h }, (_line, down) =>
    Array.from({ length: w }, (_cell, across) => (y + down) * 100 + x + across),
  ).flat();
}
