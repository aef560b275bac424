import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');

// These modules of the kit name the context in each call. No other code may reach a cluster.
const PROGRAM = new RegExp(
  [
    String.raw`(?<!toContain)\(\s*['"](?:kubectl|helm|skaffold)['"]`,
    String.raw`(?:execa\w*|exec|execSync|\$)\(?\s*['"\x60](?:kubectl|helm|skaffold) `,
    String.raw`\bcurrent-context['"]`,
  ].join('|'),
);
const CLIENT = /\bloadFrom(?:Default|File|Cluster|String|Options)\b|\bnew KubeConfig\b/;
const SHELL = /\(\s*['"`](?:ba|z)?sh['"`]/;

const MAY_SPAWN = ['tools/kit/kubectl.ts', 'tools/kit/helm.ts'];
const MAY_CONNECT = ['tools/kit/kubernetes.ts'];
/** The walkthrough runs curl and jq. */
const MAY_USE_SHELL = [
  'tests/cluster/support/documents.ts',
  'tools/dev/start/walkthrough.e2e.test.ts',
  'tools/dev/start/testing/walkthrough.ts',
];

const sources = globSync(
  '{tools,load,tests/{alerts,cluster,commands,docs},grafana,packages,services}/**/*.ts',
  {
    cwd: ROOT,
    exclude: (name) => name === 'node_modules' || name.endsWith('/node_modules'),
  },
).filter((file) => !file.includes('node_modules/') && file !== 'tools/cluster/one-way.test.ts');

const ofClusters = (file: string) =>
  /^(tools\/(?!dev\/bench)|load|tests\/(alerts|cluster))/.test(file);
/** Removes the commands that run inside pods. */
const ofHost = (text: string) => text.replaceAll(/\bexec [^|;&\n]*? -- [^|;&\n]*/g, '');

function filesWith(pattern: RegExp, allowed: readonly string[]): string[] {
  return sources.filter((file) => pattern.test(read(file)) && !allowed.includes(file));
}

test.each([
  ["await execa('kubectl', ['get', 'pods'])", PROGRAM],
  ['execa(\n  "helm",\n  args)', PROGRAM],
  ['execa`kubectl get pods`', PROGRAM],
  ["findProgram('kubectl')", PROGRAM],
  ["kubectl('config', 'current-context')", PROGRAM],
  ['new KubeConfig().loadFromDefault()', CLIENT],
  ["execa('bash', ['-c', script])", SHELL],
])('the patterns match %j', (code, pattern) => {
  expect(code).toMatch(pattern);
});

test('the sources are found', () => {
  for (const file of [...MAY_SPAWN, ...MAY_CONNECT, ...MAY_USE_SHELL])
    expect(sources).toContain(file);
  expect(sources.length).toBeGreaterThan(400);
});

test('kubectl and helm are run in one place each', () => {
  const spawning = filesWith(PROGRAM, MAY_SPAWN);
  // The recorded cluster's kubeconfig contains these words.
  expect(spawning.filter((file) => !file.startsWith('tools/kit/testing/'))).toEqual([]);
});

test("the client library's configuration is read in one place", () => {
  expect(filesWith(CLIENT, MAY_CONNECT)).toEqual([]);
});

test('a shell runs only documented commands, to which functions add the context', () => {
  expect(filesWith(SHELL, MAY_USE_SHELL).filter(ofClusters)).toEqual([]);
  expect(read('tools/dev/start/testing/walkthrough.sh')).not.toMatch(/\b(kubectl|helm)\b/);
});

// A program such as xargs starts kubectl itself, and not the function.
test('no documented command starts kubectl or helm through another program', () => {
  const documents = globSync('{README.md,docs/**/*.md}', { cwd: ROOT });
  const pattern =
    /\b(?:xargs|timeout|env|sudo|command|exec|nohup|watch)\b[^|;&\n]*\b(?:kubectl|helm)\b(?! -- )/;
  expect(documents.filter((file) => pattern.test(ofHost(read(file))))).toEqual([]);
});

test('no script of package.json runs them', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(Object.values(scripts).filter((script) => /\b(kubectl|helm)\b/.test(script))).toEqual([]);
});
