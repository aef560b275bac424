import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '..');
const read = (file: string) => readFileSync(path.join(ROOT, file), 'utf8');
const documents = globSync('{*.md,docs/**/*.md,{charts,packages,services}/*/README.md}', {
  cwd: ROOT,
});

describe('the documents', () => {
  it.each(documents)('%s links to nothing that is not there', (document) => {
    const links = [...read(document).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, to]) => to!);
    const folder = path.dirname(path.join(ROOT, document));
    expect(links.filter((link) => !existsSync(path.join(folder, link)))).toEqual([]);
  });

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
      'packages/service-kit/src/config.ts',
      'services/auth/src/config.ts',
      'services/post/src/config.ts',
      'packages/service-kit/src/run-migration.ts',
      'scripts/start/config.ts',
    ];
    // As a key of a `readConfig`, or read by hand.
    const variable = /\b([A-Z][A-Z_]+)(?::\s+[a-z]|'\])/g;
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
});
