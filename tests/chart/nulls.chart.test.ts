import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { isSection, readValues, type Section, type Value } from '../../tools/chart/docs/values.ts';
import { CHART, render, type HelmError } from './helm.ts';
import { scenarios } from './scenarios.ts';
import { placesOf, type ValuesSchema } from './values-schema.ts';

const read = (file: string) => readFileSync(path.join(CHART, file), 'utf8');
const schema = JSON.parse(read('values.schema.json')) as ValuesSchema;
const places = new Map([
  ['', schema],
  ...placesOf(schema).map((place) => [place.path, place.schema] as const),
]);
const entries = allEntries(readValues(read('values.yaml'))).map((entry) => entry.path);
const isRequired = (keys: readonly string[]) =>
  places.get(keys.slice(0, -1).join('.'))?.required?.includes(keys.at(-1)!) ?? false;

/** Everything enabled: the rest must not need the nulled values. */
const watched = {
  tracing: scenarios['with tracing'].values.tracing,
  httpRoute: scenarios['with an HTTPRoute'].values.httpRoute,
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true, kubernetes: { enabled: true } },
  grafanaDashboards: { enabled: true },
  caBundle: { existingConfigMap: 'their-ca' },
  auth: { autoscaling: { enabled: true, targetCPUUtilizationPercentage: 70 } },
};
const { postgres, redis, externalPostgres, externalRedis } =
  scenarios['with nothing bundled'].values;

describe.each<[string, object]>([
  ['bundled', watched],
  ['external', { ...watched, postgres, redis, externalPostgres, externalRedis }],
])('with stores that are %s', (_where, base) => {
  const given = new Set(leavesOf(base).map((keys) => keys.join('.')));

  it('every value that may be null is left out', async () => {
    const free = entries.filter((keys) => !isRequired(keys) && !given.has(keys.join('.')));
    const values = structuredClone(base);
    for (const keys of free) setNull(values, keys);
    expect(free.length).toBeGreaterThan(80);
    await expect(render({ values })).resolves.toBeDefined();
  });
});

it.each([
  ['auth'],
  ['auth.image'],
  ['redis.persistence.size'],
  ['shutdown'],
  ['post.cache.ttlSeconds'],
])('%s is refused as null, and named', async (name) => {
  const values = {};
  setNull(values, name.split('.'));
  const refusal = await render({ values }).catch(({ message }: HelmError) => message);
  expect(refusal).toContain(`missing property '${name.split('.').at(-1)}'`);
});

it('no section may be null', () => {
  const sections = entries.filter((keys) => entries.some((one) => isBelow(one, keys)));
  const free = sections.filter((keys) => !isRequired(keys));
  // Helm itself sees to `global`.
  expect(free.map((keys) => keys.join('.'))).toEqual(['global']);
});

function isBelow(one: readonly string[], keys: readonly string[]): boolean {
  return one.length > keys.length && keys.every((key, index) => one[index] === key);
}

function allEntries(section: Section): (Section | Value)[] {
  return section.entries.flatMap((entry) =>
    isSection(entry) ? [entry, ...allEntries(entry)] : [entry],
  );
}

function leavesOf(value: object, keys: string[] = []): string[][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? [[...keys, key], ...leavesOf(inner, [...keys, key])]
      : [[...keys, key]],
  );
}

function setNull(values: object, keys: readonly string[]): void {
  let at = values as Record<string, unknown>;
  for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
  at[keys.at(-1)!] = null;
}
