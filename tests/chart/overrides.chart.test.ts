import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { allValues, readValues } from '../../tools/chart/docs/values.ts';
import { CHART, render, type HelmError } from './helm.ts';
import { workloads } from './manifests.ts';
import { scenarios } from './scenarios.ts';

/** With every variable that the chart may set. */
const EVERYTHING = {
  ...scenarios['with nothing bundled'].values,
  tracing: scenarios['with tracing'].values.tracing,
  caBundle: { existingConfigMap: 'their-ca' },
  corsOrigins: ['https://a.example'],
};
/** Derived from the names of the release and the pod only. */
const FIXED = ['JWKS_URL', 'OTEL_SERVICE_NAME', 'POD_NAME'];

const paths = allValues(readValues(readFileSync(path.join(CHART, 'values.yaml'), 'utf8'))).map(
  (value) => value.path.join('.'),
);

/** A value, a map of values, or an entry of a map. */
function isValue(name: string): boolean {
  return paths.some((one) => `${one}.`.startsWith(`${name}.`) || name.startsWith(`${one}.`));
}

async function variablesOf(service: string, values: object): Promise<string[]> {
  const { pod } = workloads(await render({ values })).find(
    ({ component }) => component === service,
  )!;
  return pod.containers[0]!.env!.map(({ name }) => name);
}

function refusal(service: string, name: string): Promise<string | undefined> {
  const values = { ...EVERYTHING, [service]: { env: [{ name, value: 'theirs' }] } };
  return render({ values }).then(
    () => 'none',
    ({ message }: HelmError) => /[a-z]+\.env: .*/.exec(message)?.[0],
  );
}

describe('a variable of `env` that the chart sets', () => {
  it.each(['auth', 'post', 'web'])(
    'is refused to %s, with the name of the value to use',
    async (service) => {
      const names = await variablesOf(service, EVERYTHING);
      const settable = names.filter((name) => !FIXED.includes(name));
      expect(settable.length).toBeGreaterThan(service === 'web' ? 8 : 13);
      const refusals = await Promise.all(
        settable.map(async (name) => (await refusal(service, name))!.split('; use the value ')),
      );
      expect(refusals.map(([said]) => said)).toEqual(
        settable.map((name) => `${service}.env: the chart sets ${name} itself`),
      );
      const values = refusals.map(([, value = '']) => /^[\w.]*/.exec(value)![0]);
      expect(values.filter((value) => !isValue(value))).toEqual([]);
    },
  );

  it.each(FIXED)('is refused, though no value changes %s', async (name) => {
    expect(await refusal('post', name)).toContain(
      `post.env: the chart sets ${name} itself; no value changes it`,
    );
  });

  it('is taken where the chart does not set it', async () => {
    const values = { auth: { env: [{ name: 'OTEL_SERVICE_NAME', value: 'theirs' }] } };
    expect(await variablesOf('auth', values)).toContain('OTEL_SERVICE_NAME');
  });
});
