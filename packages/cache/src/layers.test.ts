import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

const SOURCE = import.meta.dirname;

interface Import {
  from: string;
  to: string;
  typeOnly: boolean;
}

/** Every import between files of the package, tests and test helpers left out. */
function importsOfSources(): Import[] {
  const files = globSync('**/*.ts', { cwd: SOURCE }).filter(
    (file) => !file.includes('.test.') && !file.startsWith('testing/') && !isFixture(file),
  );
  return files.flatMap((from) => {
    const text = readFileSync(path.join(SOURCE, from), 'utf8');
    const statements = text.matchAll(/^(?:import|export) (type )?[^;]*?from '(\.[^']+)';/gms);
    return Array.from(statements, ([, type, target]) => ({
      from,
      to: path.join(path.dirname(from), target!),
      typeOnly: type !== undefined,
    }));
  });
}

const isFixture = (file: string) => file.endsWith('-fixture.ts');
const imports = importsOfSources();
const folderOf = (file: string) => file.split(path.sep)[0]!;
const outgoing = (folder: string) =>
  imports.filter(({ from, to }) => folderOf(from) === folder && folderOf(to) !== folder);

describe('the layers of the package', () => {
  it('are looked at', () => {
    expect(imports.length).toBeGreaterThan(150);
  });

  it('have a protocol that imports nothing but errors', () => {
    expect(outgoing('protocol').filter(({ to }) => to !== 'errors.ts')).toEqual([]);
  });

  it.each(['read', 'invalidate', 'resilience', 'keys', 'codecs', 'protocol'])(
    'keep %s apart from stores and adapters',
    (folder) => {
      const forbidden = new Set(['stores', 'outbox', 'koa', 'check', 'testing']);
      expect(outgoing(folder).filter(({ to }) => forbidden.has(folderOf(to)))).toEqual([]);
    },
  );

  it('let no store import reads or invalidations', () => {
    const forbidden = new Set(['read', 'invalidate', 'observe', 'outbox']);
    expect(outgoing('stores').filter(({ to }) => forbidden.has(folderOf(to)))).toEqual([]);
  });

  it.each(['outbox', 'koa', 'check'])('let %s use contracts and errors only', (folder) => {
    const values = new Set(['protocol', 'errors.ts', 'api.ts', 'option-ranges.ts']);
    const types = new Set([...values, 'observe', 'keys']);
    const others = outgoing(folder).filter(
      ({ to, typeOnly }) => !(typeOnly ? types : values).has(folderOf(to)),
    );
    expect(others).toEqual([]);
  });

  it.each([
    ['ioredis', 'stores/redis'],
    ['prom-client', 'observe'],
    ['@opentelemetry/api', 'observe'],
  ])('load %s in %s only', (name, folder) => {
    const users = globSync('**/*.ts', { cwd: SOURCE }).filter((file) => {
      if (file.includes('.test.') || file.startsWith('testing/')) return false;
      return readFileSync(path.join(SOURCE, file), 'utf8').includes(`from '${name}'`);
    });
    expect(users.filter((file) => !file.startsWith(folder))).toEqual([]);
  });
});
