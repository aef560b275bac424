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

const valuesOf = (chart: string): unknown => parse(read(path.join(chart, 'values.yaml')));

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

    it('builds an image of each service', () => {
      const services = filesOf('services/*').map((folder) => path.basename(folder));
      expect(build.artifacts.map(({ image, docker }) => [image, docker.buildArgs])).toEqual(
        services.map((service) => [`relay-${service}`, { SERVICE: service }]),
      );
    });

    it.each(build.artifacts)('builds $image from stages that are there', ({ docker }) => {
      expect(exists(docker.dockerfile)).toBe(true);
      expect(dockerfile).toContain('\nARG SERVICE\n');
      expect(dockerfile).toMatch(new RegExp(`^FROM \\S+ AS ${docker.target ?? 'service'}$`, 'm'));
    });

    it('deploys the chart with values files that are there', () => {
      expect(exists(path.join(release.chartPath, 'Chart.yaml'))).toBe(true);
      expect(release.valuesFiles.filter((file) => !exists(file))).toEqual([]);
      expect(valueAt(parse(read('k8s/namespace.yaml')), 'metadata.name')).toBe(release.namespace);
    });

    it('sets values that the chart has, from images that are built', () => {
      const values = valuesOf(release.chartPath);
      const set = Object.keys(release.setValueTemplates);
      expect(set.filter((value) => typeof valueAt(values, value) !== 'string')).toEqual([]);
      const images = build.artifacts.map(({ image }) => image.replaceAll('-', '_')).join('|');
      const template = new RegExp(`^\\{\\{\\.IMAGE_(REPO|TAG|DIGEST)_(${images})\\}\\}$`);
      const templates = Object.values(release.setValueTemplates);
      expect(templates.filter((one) => !template.test(one))).toEqual([]);
    });
  },
);

function afterDeploying(profile: string): string[] {
  const { hooks } = withProfiles([profile]).deploy.helm;
  return hooks!.after.map(({ host }) => host.command.join(' '));
}

it("runs the chart's test in CI", () => {
  const [{ name, namespace, chartPath }] = config.deploy.helm.releases;
  const { kubeContext } = config.deploy;
  expect(afterDeploying('ci')).toEqual([
    `helm test ${name} --kube-context ${kubeContext} --namespace ${namespace}`,
  ]);
  expect(filesOf(`${chartPath}/templates/tests/*.yaml`)).not.toEqual([]);
});

it('verifies with the smoke test', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(afterDeploying('verify')).toEqual(['npm run load -- smoke']);
  expect(scripts).toHaveProperty('load');
  expect(exists('load/scenarios/smoke.ts')).toBe(true);
});

describe('in the dev loop', () => {
  const { artifacts } = withProfiles(['dev']).build;

  it.each(artifacts)('copies each source of $image to where the image has it', (artifact) => {
    const [{ src, dest }] = artifact.sync!.manual as [{ src: string; dest: string }];
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

  it('copies the sources of the page, builds it again, and changes a file that Node watches', () => {
    const copied = artifacts.flatMap(({ image, sync }) =>
      sync!.manual.slice(1).map(({ src, dest }) => ({ image, src, dest })),
    );
    expect(copied).toEqual([{ image: 'relay-web', src: 'services/web/page/**', dest: '/relay' }]);
    const hooks = artifacts.flatMap(({ sync }) => sync!.hooks?.after ?? []);
    expect(hooks.map(({ container }) => container.command)).toEqual([
      ['sh', '-c', 'node --run build && touch src/main.ts'],
    ]);
    const { scripts } = JSON.parse(read('services/web/package.json')) as { scripts: object };
    expect(scripts).toHaveProperty('build');
    expect(exists('services/web/src/main.ts')).toBe(true);
  });

  it('has Node restart when a source changes', () => {
    const stage = dockerfile.split(/^FROM /m).find((text) => text.startsWith('service AS dev'));
    expect(stage).toContain('CMD ["--watch", ');
    // Without it, Node notices the first change of a file alone.
    expect(stage).toContain('ENV TAR_OPTIONS=--overwrite');
  });
});

it('builds the production image by default', () => {
  expect(dockerfile.trimEnd().split('\n').at(-1)).toBe('FROM service');
});
