import { globSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { CHART, lint, refusedByKubernetes, render, renderNotes, renderText } from './helm.ts';
import { containersOf, workloads } from './manifests.ts';
import { everyScenario, scenarios } from './scenarios.ts';

describe.each(everyScenario)('the chart %s', (_name, scenario) => {
  it('passes helm lint', async () => {
    await expect(lint(scenario)).resolves.toContain('0 chart(s) failed');
  });

  it('renders manifests that Kubernetes accepts, without an unknown field', async () => {
    expect(await refusedByKubernetes(await renderText(scenario))).toEqual([]);
  });

  it('names no object twice', async () => {
    const names = (await render(scenario)).map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('puts the standard labels on every object and every pod', async () => {
    const manifests = await render(scenario);
    const { release = 'relay' } = scenario;
    const ofPods = {
      'app.kubernetes.io/name': 'relay',
      'app.kubernetes.io/instance': release,
      'app.kubernetes.io/component': expect.stringMatching(/^[a-z-]+$/) as string,
      'app.kubernetes.io/part-of': 'relay',
    };
    const ofObjects = {
      ...ofPods,
      'app.kubernetes.io/version': expect.stringMatching(/^\d+\.\d+\.\d+$/) as string,
      'app.kubernetes.io/managed-by': 'Helm',
      'helm.sh/chart': expect.stringMatching(/^relay-\d/) as string,
    };
    for (const { labels } of manifests.map(({ metadata }) => metadata)) {
      expect(labels).toMatchObject(ofObjects);
    }
    for (const { labels } of workloads(manifests)) expect(labels).toMatchObject(ofPods);
  });

  it('names every image with its version', async () => {
    const images = workloads(await render(scenario)).flatMap(({ pod }) =>
      containersOf(pod).map((container) => container.image),
    );
    const versioned = /^[\w./-]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/;
    expect(
      images.filter((image) => !versioned.test(image ?? '') || image?.endsWith(':latest')),
    ).toEqual([]);
  });

  it('names the deployed release, and its namespace', async () => {
    const { release = 'relay', namespace = 'relay', values } = scenario;
    const name = values && 'fullnameOverride' in values ? values.fullnameOverride : release;
    const notes = await renderNotes(scenario);
    expect(notes).toContain(`is deployed as ${String(name)} in ${namespace}`);
    expect(notes).not.toMatch(/<no value>|%!|nil/);
  });
});

it('is tested with every values file that it has', () => {
  const files = globSync('values-*.yaml', { cwd: CHART });
  const tested = everyScenario.flatMap(([, { files: used = [] }]) => used);
  expect(new Set(tested)).toEqual(new Set(files));
});

it('is held against schemas that refuse a misspelled field, wherever it is', async () => {
  const text = await renderText(scenarios['on kind']);
  const misspelled: [string, string][] = [
    ['replicas:', 'replica:'],
    ['containerPort:', 'containerport:'],
    ['livenessProbe:', 'livenesProbe:'],
    ['secretKeyRef:', 'secretRef:'],
    ['podSelector:', 'podselector:'],
    ['targetPort:', 'targetport:'],
    ['pathType:', 'pathtype:'],
    ['interval:', 'intervall:'],
    ['volumeClaimTemplates:', 'volumeClaims:'],
    ['backoffLimit:', 'backOffLimit:'],
    ['maxUnavailable:', 'maxUnavailible:'],
  ];
  const accepted = [];
  for (const [right, wrong] of misspelled) {
    const refused = await refusedByKubernetes(text.replace(right, wrong));
    if (!text.includes(right) || refused.length === 0) accepted.push(wrong);
  }
  expect(accepted).toEqual([]);
});

it('is held against schemas that refuse a wrong type, and a kind that they do not have', async () => {
  const text = await renderText();
  expect(await refusedByKubernetes(text.replace('port: 80,', 'port: "80",'))).not.toEqual([]);
  expect(await refusedByKubernetes(text.replace('kind: Secret', 'kind: Secrets'))).not.toEqual([]);
});
