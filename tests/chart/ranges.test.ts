import { readFileSync } from 'node:fs';
import path from 'node:path';

import { rangesOf, type Range } from '@relay/service-kit/testing/ranges';
import { describe, expect, it } from 'vitest';

import { authVariables } from '../../services/auth/src/config.ts';
import { postVariables } from '../../services/post/src/config.ts';
import { placesOf, type ValuesSchema } from './values-schema.ts';

const CHART = path.join(import.meta.dirname, '../../charts/relay');
const schema = JSON.parse(
  readFileSync(path.join(CHART, 'values.schema.json'), 'utf8'),
) as ValuesSchema;
const environment = readFileSync(path.join(CHART, 'templates/services/_environment.tpl'), 'utf8');

/** The place of each value, by the variable that the chart makes of it. */
function valueOf(variable: string, service: string): string | undefined {
  const name = new RegExp(`^  "${variable}" \\(?(?:printf )?"([\\w.%]+)"`, 'm').exec(environment);
  return name?.[1]?.replace('%s', service);
}

/** Values are in seconds where variables are in milliseconds. */
function inUnitsOf(value: string, { min, max }: Range, variable: string): Range {
  const isInSeconds = value.endsWith('Seconds') && variable.endsWith('_MS');
  return isInSeconds ? { min: Math.ceil(min / 1000), max: max / 1000 } : { min, max };
}

const settings = Object.entries({ auth: authVariables, post: postVariables }).flatMap(
  ([service, variables]) =>
    Object.entries(rangesOf(variables)).flatMap(([variable, range]) => {
      const value = valueOf(variable, service);
      return value ? [{ value, range: inUnitsOf(value, range, variable) }] : [];
    }),
);

describe("the values' schema", () => {
  it.each(settings)('allows $value the range of the service', ({ value, range }) => {
    const place = placesOf(schema).find(({ path: name }) => name === value)?.schema;
    expect(place).toMatchObject({ type: 'integer', minimum: range.min, maximum: range.max });
  });

  it('has a value for most of the numbers that the services read', () => {
    expect(new Set(settings.map(({ value }) => value)).size).toBeGreaterThan(12);
  });
});
