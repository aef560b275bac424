import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const chart = parse(read('charts/relay/Chart.yaml')) as { annotations: Record<string, string> };

interface Image {
  image: { repository: string; tag: string };
}
const values = parse(read('charts/relay/values.yaml')) as Record<
  'redis' | 'postgres',
  Image & { exporter: Image }
>;

it('Artifact Hub lists the images of the values', () => {
  const listed = parse(chart.annotations['artifacthub.io/images']!) as { image: string }[];
  const { redis, postgres } = values;
  const used = [redis, postgres, redis.exporter, postgres.exporter].map(
    ({ image: { repository, tag } }) => `${repository}:${tag}`,
  );
  expect(listed.map(({ image }) => image.replace('docker.io/', ''))).toEqual(used);
});

it('Artifact Hub can read every annotation', () => {
  const changes = parse(chart.annotations['artifacthub.io/changes']!) as { kind: string }[];
  const kinds = new Set(['added', 'changed', 'deprecated', 'removed', 'fixed', 'security']);
  expect(changes.filter(({ kind }) => !kinds.has(kind))).toEqual([]);
  expect(chart.annotations['artifacthub.io/license']).toBe(
    (JSON.parse(read('package.json')) as { license: string }).license,
  );
});

describe('a workflow', () => {
  const workflows = globSync('.github/workflows/*.yml', { cwd: ROOT });

  it.each(workflows)('%s takes each action by its commit, and names the version', (file) => {
    const actions = read(file)
      .split('\n')
      .filter((line) => /^\s*(- )?uses:/.test(line));
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((line) => !/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  it('publishes signed images with SBOM and provenance, and the chart', () => {
    const release = read('.github/workflows/release.yml');
    const wanted = ['sbom: true', 'provenance: mode=max', 'cosign sign --yes', 'helm push'];
    expect(wanted.filter((text) => !release.includes(text))).toEqual([]);
    const { permissions } = parse(release) as { permissions: object };
    expect(permissions).toEqual({ contents: 'read' });
  });
});
