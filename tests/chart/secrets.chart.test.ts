import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { allValues, readValues } from '../../tools/chart/docs/values.ts';
import { CHART, render, renderText } from './helm.ts';
import type { Manifest } from './kubernetes.ts';
import { containersOf, ofKind, workloads } from './manifests.ts';
import { everyScenario, scenarios } from './scenarios.ts';

/** A key of a Secret that a container needs; every key of it where no key is named. */
interface Needed {
  secret: string;
  key?: string;
}

function neededSecrets(manifests: readonly Manifest[]): Needed[] {
  return workloads(manifests).flatMap(({ pod }) => [
    ...containersOf(pod)
      .flatMap(({ env = [] }) => env.map(({ valueFrom }) => valueFrom?.secretKeyRef))
      .flatMap((ref) => (ref ? [{ secret: ref.name!, key: ref.key }] : [])),
    ...(pod.volumes ?? []).flatMap(({ secret }) =>
      secret ? [{ secret: secret.secretName! }] : [],
    ),
  ]);
}

/** The files below `/run/secrets` that scripts and settings read. */
function filesRead(manifests: readonly Manifest[]): Needed[] {
  const scripts = ofKind(manifests, 'ConfigMap').flatMap(({ data = {} }) => Object.values(data));
  const variables = workloads(manifests).flatMap(({ pod }) =>
    containersOf(pod).flatMap(({ env = [] }) => env.map(({ value }) => value ?? '')),
  );
  const file = /\/run\/secrets\/([a-z-]+)\/([a-z-]+-password)/g;
  return [...scripts, ...variables].flatMap((text) =>
    [...text.matchAll(file)].map(([, secret, key]) => ({ secret: secret!, key: key! })),
  );
}

describe.each(everyScenario)('the chart %s', (_name, scenario) => {
  it('creates every Secret and key that it uses, or names it in its values', async () => {
    const manifests = await render(scenario);
    const made = new Map(
      ofKind(manifests, 'Secret').map(({ metadata, data = {} }) => [
        metadata.name,
        Object.keys(data),
      ]),
    );
    const given = new Set(
      JSON.stringify([scenario.values ?? {}, readFiles(scenario.files)]).match(
        /(their|relay)-[a-z-]+/g,
      ),
    );
    const missing = neededSecrets(manifests).filter(({ secret, key }) => {
      const keys = made.get(secret);
      if (keys === undefined) return !given.has(secret);
      return key !== undefined && !keys.includes(key);
    });
    expect(missing).toEqual([]);
  });

  it('makes no Secret that nothing uses', async () => {
    const manifests = await render(scenario);
    const used = new Set(neededSecrets(manifests).map(({ secret }) => secret));
    const made = ofKind(manifests, 'Secret').map(({ metadata }) => metadata.name);
    expect(made.filter((name) => !used.has(name))).toEqual([]);
  });

  it('shows the value of no Secret outside of it', async () => {
    const text = await renderText(scenario);
    const manifests = await render(scenario);
    const values = ofKind(manifests, 'Secret').flatMap(({ data = {} }) => Object.values(data));
    const elsewhere = JSON.stringify(manifests.filter(({ kind }) => kind !== 'Secret'));
    const shown = values.filter(
      (value) => elsewhere.includes(value) || elsewhere.includes(decoded(value)),
    );
    expect(shown).toEqual([]);
    // In a URL, where a password could hide.
    expect(text).not.toMatch(/:\/\/[^@\s/]*:[^@\s/]*@/);
  });
});

describe('generated passwords', () => {
  it('are long, and no two the same', async () => {
    const secrets = ofKind(await render(), 'Secret');
    const values = secrets.flatMap(({ data = {} }) => Object.values(data).map(decoded));
    expect(values.length).toBeGreaterThan(8);
    expect(new Set(values).size).toBe(values.length);
    expect(values.filter((value) => value.length < 32)).toEqual([]);
  });

  it('are no part of the release: a rollback brings none back, an uninstall takes none away', async () => {
    for (const { metadata } of ofKind(await render(), 'Secret')) {
      expect(metadata.annotations).toEqual({
        'helm.sh/hook': 'pre-install,pre-upgrade',
        // The default would delete an existing Secret first.
        'helm.sh/hook-delete-policy': 'hook-failed',
      });
    }
  });

  it('are there for every file that a start-up script reads', async () => {
    const manifests = await render();
    const read = filesRead(manifests);
    expect(read.length).toBeGreaterThan(2);
    const keys = new Map(
      ofKind(manifests, 'Secret').map(({ metadata, data = {} }) => [
        metadata.labels?.['app.kubernetes.io/component'],
        Object.keys(data),
      ]),
    );
    expect(read.filter(({ secret, key }) => !keys.get(secret)?.includes(key!))).toEqual([]);
  });
});

it('documents the required keys of every Secret that can be given', async () => {
  const documented = new Map(
    allValues(readValues(readFileSync(path.join(CHART, 'values.yaml'), 'utf8')))
      .filter(({ path: keys }) => keys.at(-1) === 'existingSecret')
      .map(({ path: keys, description }) => [keys.join('.'), description]),
  );
  const own = await render(scenarios['with Secrets of its own']);
  const external = await render(scenarios['with nothing bundled']);
  const needed: [string, readonly Manifest[], string][] = [
    ['postgres.existingSecret', own, 'their-postgres'],
    ['redis.existingSecret', own, 'their-redis'],
    ['externalPostgres.existingSecret', external, 'their-postgres'],
    ['externalRedis.existingSecret', external, 'their-redis'],
  ];
  const unsaid = needed.flatMap(([value, manifests, secret]) => {
    const keys = neededSecrets(manifests).filter((one) => one.secret === secret);
    expect(keys.length).toBeGreaterThan(1);
    return keys.filter(({ key }) => key && !documented.get(value)?.includes(key));
  });
  expect(unsaid).toEqual([]);
});

function decoded(value: string): string {
  return Buffer.from(value, 'base64').toString();
}

function readFiles(files: readonly string[] = []): string[] {
  return files.map((file) => readFileSync(path.join(CHART, file), 'utf8'));
}
