import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

const ROOT = path.join(import.meta.dirname, '../..');
const patterns = readFileSync(path.join(ROOT, '.dockerignore'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** As Docker decides: the last pattern that matches the file or a folder above it counts. */
function isInImage(file: string): boolean {
  const parts = file.split('/');
  const places = parts.map((_, index) => parts.slice(0, index + 1).join('/'));
  const matches = (pattern: string) => places.some((place) => path.matchesGlob(place, pattern));
  return !patterns.findLast((pattern) => matches(pattern.replace(/^!/, '')))?.match(/^[^!]/);
}

test('an image has every file of the sources but tests and their helpers', () => {
  const files = globSync(
    '{packages/{access-token,cache,service-kit,tracing},services/*}/src/**/*.*',
    {
      cwd: ROOT,
    },
  );
  const isOfTests = /\.test\.ts$|\/testing(\/|\.ts$)/;
  expect(files.length).toBeGreaterThan(100);
  expect(files.filter((file) => isInImage(file) === isOfTests.test(file))).toEqual([]);
});
