import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, it } from 'vitest';
import { parse } from 'yaml';

import { origins, type Origin } from '../testing/exporters.ts';
import { dashboards } from './dashboards.ts';
import { queriesOf } from './queries-of.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const rules = globSync('charts/relay/templates/rules/*.tpl', { cwd: ROOT })
  .map((file) => read(file))
  .join('\n');
const values = parse(read('charts/relay/values.yaml')) as Record<'redis' | 'postgres', Store> & {
  prometheusRule: { alerts: Record<string, { window?: string }> };
};

interface Store {
  exporter: { image: { tag: string } };
}

const queries = dashboards.flatMap((dashboard) =>
  queriesOf(dashboard).map(({ from, expr }) => ({ where: `${dashboard.title}, ${from}`, expr })),
);
const matches = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, one]) => one!);
/** The first of each metric's row in docs/metrics.md, and whether it is a histogram. */
const documented = [...read('docs/metrics.md').matchAll(/^\| `(\w+)`\s*\| (\w+)/gm)].flatMap(
  ([, name, type]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((end) => `${name}${end}`) : [name!],
);
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
  const loose = queries.flatMap(({ where, expr }) =>
    selectorsOf(expr)
      .filter(({ name, matchers }) => {
        const isNamespaced = matchers.includes('namespace="$namespace"');
        const isReleased = /(?:job|pod)=~?"\$\{release\}-/.test(matchers);
        return !isNamespaced || !(isReleased || name === 'ALERTS');
      })
      .map(({ name }) => `${where}: ${name}`),
  );
  expect(loose).toEqual([]);
});

it('every rate is over as many scrapes as it needs', () => {
  const fixed = queries.filter(({ expr }) => /rate\([^[]*\[(?!\$__rate_interval\])/.test(expr));
  expect(fixed).toEqual([]);
});

it('every other window is that of an alert', () => {
  const windows = new Set(Object.values(values.prometheusRule.alerts).map(({ window }) => window));
  const own = queries.filter(({ expr }) =>
    matches(expr, /\[([^\]]+)\]/g).some(
      (window) => window !== '$__rate_interval' && !windows.has(window),
    ),
  );
  expect(own).toEqual([]);
});

interface Selector {
  name: string;
  matchers: string;
}

function selectorsOf(expr: string): Selector[] {
  const found = expr.matchAll(/([a-zA-Z_:][\w:]*)\{((?:[^"}]|"[^"]*")*)\}/g);
  return [...found].map(([, name, matchers]) => ({ name: name!, matchers: matchers! }));
}

/** The metrics that a query names; also one that has no selector, so that it is found missing. */
function metricsOf(expr: string): string[] {
  const rest = expr.replaceAll(/[\w:]+\{(?:[^"}]|"[^"]*")*\}/g, '').replaceAll(/\[[^\]]+\]/g, '');
  const outside = rest.replaceAll(/\b(?:by|on|group_left) \([^)]*\)/g, '');
  const bare = matches(outside, /([a-zA-Z_:][\w:]*)(?!\w*\()/g).filter(
    (word) => !/^(?:and|or|sum|min|max|count|topk|by|on|group_left)$/.test(word),
  );
  return [...selectorsOf(expr).map(({ name }) => name), ...bare];
}
