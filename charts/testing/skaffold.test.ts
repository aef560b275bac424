import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { profilesOf, readSkaffoldConfig, ROOT, withProfiles } from './skaffold.ts';

const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const exists = (file: string) => existsSync(path.join(ROOT, file));
const filesOf = (pattern: string) => globSync(pattern, { cwd: ROOT });

const config = readSkaffoldConfig();
const dockerfile = read('Dockerfile');
const everyUse = [[], ...config.profiles.map(({ name }) => [name]), ['dev', 'debug']];

/** The value at a path such as `auth.image.tag`; undefined where there is none. */
function valueAt(values: unknown, dotted: string): unknown {
  return dotted
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], values);
}

it('is written for v4beta13', () => {
  expect(config.apiVersion).toBe('skaffold/v4beta13');
});

it('has the profiles dev, debug, ci and verify', () => {
  expect(config.profiles.map(({ name }) => name)).toEqual(['dev', 'debug', 'ci', 'verify']);
  expect(profilesOf('dev')).toEqual(['dev']);
  expect(profilesOf('debug')).toEqual(['dev', 'debug']);
  expect(profilesOf('run')).toEqual([]);
});

describe.each(everyUse.map((names) => [names.join(' and ') || 'no profile', names] as const))(
  'with %s',
  (_, names) => {
    const { build, deploy } = withProfiles(names);
    const [release] = deploy.helm.releases;

    it('builds each service from the Dockerfile', () => {
      const built = build.artifacts.map(({ docker }) => docker.buildArgs['SERVICE']);
      expect(built).toEqual(filesOf('services/*').map((folder) => path.basename(folder)));
      for (const { image, docker } of build.artifacts) {
        expect(image).toBe(`relay-${docker.buildArgs['SERVICE']}`);
        expect(exists(docker.dockerfile)).toBe(true);
        for (const name of Object.keys(docker.buildArgs)) {
          expect(dockerfile).toMatch(new RegExp(`^ARG ${name}$`, 'm'));
        }
        const { target } = docker;
        if (target) expect(dockerfile).toMatch(new RegExp(`^FROM \\S+ AS ${target}$`, 'm'));
      }
    });

    it('deploys the chart with values files that are there', () => {
      expect(exists(path.join(release.chartPath, 'Chart.yaml'))).toBe(true);
      expect(release.valuesFiles.filter((file) => !exists(file))).toEqual([]);
      expect(valueAt(parse(read('k8s/namespace.yaml')), 'metadata.name')).toBe(release.namespace);
    });

    it('sets values that the chart has, from images that are built', () => {
      const values: unknown = parse(read(path.join(release.chartPath, 'values.yaml')));
      const images = build.artifacts.map(({ image }) => image.replaceAll('-', '_'));
      for (const [value, template] of Object.entries(release.setValueTemplates)) {
        expect(valueAt(values, value), value).toBeTypeOf('string');
        const [, image] = /^\{\{\.IMAGE_(?:REPO|TAG|DIGEST)_(\w+)\}\}$/.exec(template)!;
        expect(images).toContain(image);
      }
    });

    it('runs commands that are there', () => {
      const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
      for (const { host } of deploy.helm.hooks?.after ?? []) {
        const [program, ...words] = host.command;
        if (program === 'helm') {
          expect(words).toEqual(['test', release.name, '--namespace', release.namespace]);
          expect(filesOf(`${release.chartPath}/templates/tests/*.yaml`)).not.toEqual([]);
        } else {
          const [run, script, , scenario] = words;
          expect([program, run]).toEqual(['npm', 'run']);
          expect(Object.keys(scripts)).toContain(script);
          expect(exists(`load/scenarios/${scenario}.ts`)).toBe(true);
        }
      }
    });
  },
);

describe('in the dev loop', () => {
  const { artifacts } = withProfiles(['dev']).build;

  it.each(artifacts)('copies each source of $image to where the image has it', (artifact) => {
    const [{ src, dest }, ...others] = artifact.sync!.manual as [{ src: string; dest: string }];
    expect(others).toEqual([]);
    const service = `services/${artifact.docker.buildArgs['SERVICE']}`;
    const copied = /^COPY ((?:packages|services)\/\S+) \.\//gm;
    const folders = dockerfile.matchAll(copied).map(([, folder]) => folder!);
    const sources = [...folders].flatMap((folder) =>
      filesOf(`${folder.replace('services/$SERVICE', service)}/src/**/*.ts`),
    );
    expect(sources.length).toBeGreaterThan(50);
    const matched = new Set(filesOf(src));
    expect(sources.filter((file) => !matched.has(file))).toEqual([]);
    expect(dockerfile).toContain(`WORKDIR ${dest}\n`);
  });

  it('has Node start anew when a source changes', () => {
    const stage = dockerfile.split(/^FROM /m).find((text) => text.startsWith('service AS dev'));
    expect(stage).toContain('CMD ["--watch", ');
  });
});

it('builds what runs in production where nothing else is said', () => {
  expect(dockerfile.trimEnd().split('\n').at(-1)).toBe('FROM service');
});
