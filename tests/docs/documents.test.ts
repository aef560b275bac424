import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { DEFAULT_PAGE_SIZE, DEFAULT_TOP, MAX_PAGE_SIZE } from '../../services/post/src/request.ts';

const ROOT = path.join(import.meta.dirname, '../..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const documents = globSync(
  '{*.md,docs/**/*.md,{load,k8s}/README.md,{charts,packages,services,tests}/*/README.md,charts/relay/alerts/**/*.md}',
  { cwd: ROOT },
);

describe('the documents', () => {
  it.each(documents)('%s names only npm scripts that exist', (document) => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...read(document).matchAll(/\bnpm run ([\w:]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });

  it.each(documents)('%s has nothing left to fill in', (document) => {
    expect(read(document)).not.toMatch(/^[A-Z]+_[A-Z_]+$|\bTODO\b|\bTBD\b/m);
  });

  it('list every environment variable that is read, and no other', () => {
    const sources = [
      'packages/service-kit/src/process/config.ts',
      'services/auth/src/config.ts',
      'services/post/src/config.ts',
      'packages/service-kit/src/postgres/run-migration.ts',
      'packages/tracing/src/config.ts',
      'tools/dev/start/config.ts',
      'tools/dev/start/folder.ts',
    ];
    // As a key of a `readConfig`, read by hand, or as a constant.
    const variable = /\b([A-Z][A-Z_]+)(?::\s+[a-z]|'\]|';$)/gm;
    const ofKubernetes = /^KUBERNETES_/;
    const inCode = sources
      .flatMap((file) => [...read(file).matchAll(variable)].map(([, name]) => name!))
      .filter((name) => !ofKubernetes.test(name));
    const settings = read('README.md').split('## Settings')[1]!.split('\n## ')[0]!;
    const rows = settings.split('\n').filter((line) => line.startsWith('| `'));
    const inReadme = rows.flatMap((row) => row.split('|')[1]!.match(/[A-Z][A-Z_]+/g) ?? []);
    const ofOpenTelemetry = /^OTEL_/;
    expect(new Set(inReadme.filter((name) => !ofOpenTelemetry.test(name)))).toEqual(
      new Set(inCode),
    );
  });

  it.each(['services', 'packages', 'tools', 'tests'])(
    'list each folder in %s among those of ARCHITECTURE.md',
    (parent) => {
      const folders = readdirSync(path.join(ROOT, parent), { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => `${parent}/${name}`);
      const rows = read('ARCHITECTURE.md').matchAll(/^\| `([\w/-]+)` +\|/gm);
      const described = new Set([...rows].map(([, folder]) => folder));
      expect(folders.filter((folder) => !described.has(folder))).toEqual([]);
    },
  );

  it('name the default and the maximum size of a page', () => {
    const numbers = `from 1 to ${MAX_PAGE_SIZE}, by default ${DEFAULT_PAGE_SIZE}, and ${DEFAULT_TOP} for`;
    expect(read('README.md')).toContain(numbers);
  });

  it.each([...documents, 'tools/dev/start/welcome.ts', 'tools/dev/start/testing/walkthrough.sh'])(
    '%s shows no redis-cli that may reach a Redis of the reader',
    (document) => {
      const inPod = /kubectl .*exec .*redis-cli|docker compose exec|for keys in /;
      const withPort = /redis-cli -p \d+/;
      // At a line's begin, in backticks, after a bracket or an assignment: a command that a user may type.
      const typed = /(^|[`(=])redis-cli [^`|]|\) redis-cli( |$)/;
      const risky = read(document)
        .split('\n')
        .filter((line) => typed.test(line) && !inPod.test(line) && !withPort.test(line));
      expect(risky).toEqual([]);
    },
  );
});
