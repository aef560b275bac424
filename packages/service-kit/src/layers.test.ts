import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../../..');
const KIT = 'packages/service-kit/src';

interface Import {
  from: string;
  /** A path in the repository, or the name of a package. */
  to: string;
}

/** The imports of the files that match, those in tests included. */
function importsOf(pattern: string): Import[] {
  const files = globSync(pattern, { cwd: ROOT, exclude: ['**/node_modules'] });
  return files.flatMap((from) => {
    const text = readFileSync(path.join(ROOT, from), 'utf8');
    const specifiers = text.matchAll(/(?:\bfrom|\bimport\(?) *'([^']+)'/g);
    return Array.from(specifiers, ([, to]) => ({
      from,
      to: to!.startsWith('.') ? path.join(path.dirname(from), to!) : to!,
    }));
  });
}

const ownerOf = (file: string) => file.split(path.sep).slice(0, 2).join('/');
const nameOf = (file: string) => `@relay/${file.split(path.sep)[1]}`;
const inSource = ({ from }: Import) => !from.includes('.test.') && !from.includes('/testing/');

describe('the folders of service-kit', () => {
  const imports = importsOf(`${KIT}/**/*.ts`).filter(inSource);
  const folderOf = (file: string) => path.relative(KIT, file).split(path.sep)[0]!;

  // From the bottom: a folder may import the folders before it.
  const LAYERS = [['process'], ['metrics'], ['postgres', 'redis'], ['http'], ['service']];
  const levelOf = (file: string) => LAYERS.findIndex((layer) => layer.includes(folderOf(file)));

  it('import lower folders only', () => {
    const between = imports.filter(
      ({ from, to }) => to.startsWith(KIT) && folderOf(from) !== folderOf(to),
    );
    expect(between.length).toBeGreaterThan(20);
    expect(between.filter(({ from, to }) => levelOf(to) >= levelOf(from))).toEqual([]);
  });

  it('are all in this list', () => {
    const others = imports.filter(({ from }) => levelOf(from) < 0);
    expect(others).toEqual([]);
  });

  // A command that only reads variables must not load Koa, Knex or pg.
  it('load few packages in process', () => {
    const packages = imports.filter(
      ({ from, to }) => folderOf(from) === 'process' && !to.startsWith(KIT),
    );
    const names = new Set(packages.map(({ to }) => to).filter((name) => !name.startsWith('node:')));
    expect([...names].sort()).toEqual(['pino', 'pino-pretty', 'zod']);
  });

  it.each([
    ['koa', ['http', 'service']],
    ['knex', ['postgres']],
    ['prom-client', ['metrics']],
  ])('load %s in %j only', (name, folders) => {
    const users = imports.filter(
      ({ from, to }) => to === name && !folders.includes(folderOf(from)),
    );
    expect(users.filter(({ from }) => !isTypeOnly(from, name))).toEqual([]);
  });
});

/** Whether a file imports types only from a package. */
function isTypeOnly(file: string, name: string): boolean {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  return new RegExp(`^import type [^;]*from '${name}';`, 'm').test(text);
}

describe('packages and services', () => {
  const imports = [...importsOf('packages/*/**/*.ts'), ...importsOf('services/*/**/*.ts')];

  it('import no tools, load tests or tests', () => {
    expect(imports.length).toBeGreaterThan(1000);
    expect(imports.filter(({ to }) => /^(tools|load|tests|grafana)\//.test(to))).toEqual([]);
  });

  it('import other packages by name only', () => {
    const byPath = imports.filter(
      ({ from, to }) => /^(packages|services)\//.test(to) && ownerOf(from) !== ownerOf(to),
    );
    expect(byPath).toEqual([]);
  });

  it('import no service', () => {
    const ofServices = imports.filter(
      ({ from, to }) => /^@relay\/(auth|post|web)(\/|$)/.test(to) && !to.startsWith(nameOf(from)),
    );
    expect(ofServices).toEqual([]);
  });
});
