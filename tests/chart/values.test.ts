import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { alertsReadme } from '../../tools/chart/docs/alerts.ts';
import { chartReadme } from '../../tools/chart/docs/readme.ts';
import { allValues, readValues } from '../../tools/chart/docs/values.ts';
import { readAlerts } from '../../tools/chart/docs/write.ts';
import { placesOf, type ValuesSchema } from './values-schema.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const yaml = read('charts/relay/values.yaml');
const values = allValues(readValues(yaml));
const schema = JSON.parse(read('charts/relay/values.schema.json')) as ValuesSchema;
const places = placesOf(schema);

/** Maps with keys of one's own, such as labels. */
const isFree = ({ additionalProperties }: ValuesSchema) => typeof additionalProperties === 'object';

describe("the chart's values", () => {
  it('have a comment each', () => {
    const bare = values.filter(({ description }) => description === '');
    expect(bare.map((value) => value.path.join('.'))).toEqual([]);
  });

  it('are all in the schema', () => {
    const known = new Set(places.map((place) => place.path));
    const names = values.map((value) => value.path.join('.'));
    expect(names.filter((name) => !known.has(name))).toEqual([]);
  });

  it('are all the properties of the schema', () => {
    const defaults = parse(yaml) as Record<string, unknown>;
    // Parts of a value, such as a limit of `resources`, need no default. `enabled` is for a chart around this one.
    const parts = values.map((value) => `${value.path.join('.')}.`);
    const unset = places
      .map((place) => place.path)
      .filter((name) => name !== 'enabled' && !parts.some((part) => name.startsWith(part)))
      .filter((name) => at(defaults, name.split('.')) === undefined);
    expect(unset).toEqual([]);
  });

  it('are explained in the README as values.yaml explains them', () => {
    const template = read('tools/chart/docs/template.md');
    expect(read('charts/relay/README.md'), 'npm run chart:docs makes it').toBe(
      chartReadme(template, yaml),
    );
  });

  it('of alerts are in the list of alerts', async () => {
    const list = read('charts/relay/alerts/README.md');
    expect(list, 'npm run chart:docs makes it').toBe(alertsReadme(list, await readAlerts()));
  });
});

describe("the values' schema", () => {
  it('refuses an unknown key at every level', () => {
    const objects = [{ path: '', schema }, ...places].filter(
      ({ schema: { type } }) => type === 'object',
    );
    const open = objects.filter(
      ({ path: name, schema: one }) =>
        name !== 'global' && one.additionalProperties !== false && !isFree(one),
    );
    expect(objects.length).toBeGreaterThan(20);
    expect(open.map((place) => place.path)).toEqual([]);
  });

  it('has a type, or the values themselves, at every place', () => {
    const untyped = places.filter(({ schema: one }) => !(one.type ?? one.enum ?? one.oneOf));
    expect(untyped.map((place) => place.path)).toEqual([]);
  });
});

it('the chart has the version of the project', () => {
  const { version, appVersion } = parse(read('charts/relay/Chart.yaml')) as Record<string, string>;
  const project = JSON.parse(read('package.json')) as { version: string };
  expect({ version, appVersion }).toEqual({
    version: project.version,
    appVersion: project.version,
  });
});

function at(value: unknown, keys: string[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined) return value;
  return at((value as Record<string, unknown> | undefined)?.[key], rest);
}
