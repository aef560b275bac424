import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const sources = globSync('{tools,load,tests,grafana,packages,services,charts}/**/*.{ts,tsx}', {
  cwd: ROOT,
  exclude: (name) => name.endsWith('node_modules'),
});

/** The relative imports of a file, as paths from the root. */
function importsOf(file: string): string[] {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const imports = text.matchAll(/(?:from|import\(|import) ?'(\.{1,2}\/[^']+)'/g);
  return [...imports].map(([, target]) => path.join(path.dirname(file), target!));
}

/** `file -> import` for the imports of a folder's files from outside of the allowed folders. */
function importsBeyond(folder: RegExp, allowed: RegExp): string[] {
  return sources
    .filter((file) => folder.test(file))
    .flatMap((file) =>
      importsOf(file)
        .filter((target) => !allowed.test(target))
        .map((target) => `${file} -> ${target}`),
    );
}

test('the imports are found', () => {
  expect(importsOf('tools/kit/layers.test.ts')).toEqual([]);
  expect(importsOf('tools/cluster/main.ts')).toEqual([
    'tools/kit/cli.ts',
    'tools/cluster/options.ts',
    'tools/cluster/cluster.ts',
  ]);
});

test.each([
  ['the kit', /^tools\/kit\//, /^tools\/kit\//],
  // An end-to-end test starts the commands as `npm start`'s tests do.
  ['tools/cluster', /^tools\/cluster\/(?!.*\.e2e\.)/, /^tools\/(cluster|kit)\//],
  [
    'tools/dev',
    /^tools\/dev\//,
    /^(package\.json$|(tools\/(dev|kit)|grafana|packages|services)\/)/,
  ],
  ['load', /^load\//, /^(load|tools\/(dev|kit))\//],
  ['tools/chart', /^tools\/chart\//, /^tools\/(chart|kit)\//],
  ['tools/prose', /^tools\/prose\//, /^tools\/(prose|kit)\//],
  ['grafana', /^grafana\//, /^(grafana|tools\/kit)\//],
  [
    "the cluster tests' support",
    /^tests\/cluster\/support\//,
    /^(tests\/cluster\/support|tools|packages)\//,
  ],
  ['an experiment', /^charts\//, /^tests\/alerts\//],
  ['everything else but the tests', /^(?!tests\/|charts\/)/, /^(?!tests\/)/],
])('%s imports only from below', (_, folder, allowed) => {
  expect(importsBeyond(folder, allowed)).toEqual([]);
});
