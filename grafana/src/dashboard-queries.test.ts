import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';
import { parse } from 'yaml';

import { origins, type Origin } from '../testing/exporters.ts';
import { documentedSeries, metricsOf, selectorsOf, unselectedOf } from '../testing/metrics.ts';
import { dashboards } from './dashboards.ts';
import { queriesOf } from './queries-of.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const rules = globSync('charts/relay/templates/rules/*.tpl', { cwd: ROOT })
  .map((file) => read(file))
  .join('\n');
const values = parse(read('charts/relay/values.yaml')) as Record<'redis' | 'postgres', Store>;
const windows = new Set(
  globSync('charts/relay/alerts/*/rule.yaml', { cwd: ROOT }).map((file) => {
    const { parameters } = parse(read(file)) as { parameters?: { window?: string } };
    return parameters?.window;
  }),
);

interface Store {
  exporter: { image: { tag: string } };
}

const queries = dashboards.flatMap((dashboard) =>
  queriesOf(dashboard).map(({ from, expr }) => ({ where: `${dashboard.title}, ${from}`, expr })),
);
const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, one]) => one!);
const documented = documentedSeries();
const recorded = matches(rules, /record: (\S+)/g);
const foreign = Object.values<Origin>(origins).flatMap(({ names }) => names);
const emitted = new Set([...documented, ...recorded, ...foreign]);
const used = new Set(queries.flatMap(({ expr }) => metricsOf(expr)));

it('every metric is emitted by something', () => {
  expect(documented.length).toBeGreaterThan(50);
  expect(recorded.length).toBeGreaterThan(10);
  const unknown = queries.flatMap(({ where, expr }) =>
    metricsOf(expr)
      .filter((name) => !emitted.has(name))
      .map((name) => `${where}: ${name}`),
  );
  expect(unknown).toEqual([]);
});

it("every metric of the exporters' lists is used", () => {
  expect(foreign.filter((name) => !used.has(name))).toEqual([]);
});

it('the lists are of the versions that the chart installs', () => {
  expect(values.redis.exporter.image.tag).toBe(origins.redis.version);
  expect(values.postgres.exporter.image.tag).toBe(origins.postgres.version);
});

it('every metric is of the chosen release', () => {
  const loose = queries.flatMap(({ where, expr }) => [
    ...unselectedOf(expr).map((name) => `${where}: ${name}`),
    ...selectorsOf(expr)
      .filter(({ name, matchers }) => {
        const isNamespaced = matchers.startsWith('cluster=~"$cluster",namespace="$namespace"');
        const isReleased = /(?:job|pod)=~?"\$\{release\}-/.test(matchers);
        return !isNamespaced || !(isReleased || name === 'ALERTS');
      })
      .map(({ name }) => `${where}: ${name}`),
  ]);
  expect(loose).toEqual([]);
});

it('no query joins series of different clusters', () => {
  const joined = queries.filter(({ expr }) => /\bon \((?!cluster, )[^)]*\bnamespace\b/.test(expr));
  expect(joined).toEqual([]);
});

it('every rate is over as many scrapes as it needs', () => {
  const fixed = queries.filter(({ expr }) => /rate\([^[]*\[(?!\$__rate_interval\])/.test(expr));
  expect(fixed).toEqual([]);
});

it('every other window is that of an alert', () => {
  const own = queries.filter(({ expr }) =>
    matches(expr, /\[([^\]]+)\]/g).some(
      (window) => window !== '$__rate_interval' && !windows.has(window),
    ),
  );
  expect(own).toEqual([]);
});
