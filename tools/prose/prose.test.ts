import { readFileSync } from 'node:fs';
import path from 'node:path';

import { expect, test } from 'vitest';

import { hitsUnder } from './check.ts';
import { breachesIn } from './rules.ts';
import { isRead, proseOf } from './text.ts';

const examples = JSON.parse(
  readFileSync(path.join(import.meta.dirname, 'examples.json'), 'utf8'),
) as { bad: string; good: string }[];

const flagged = (text: string, file = 'a.md') =>
  proseOf(file, text).flatMap((prose) => breachesIn(prose.text).map(({ words }) => words));

test.each(examples)('flags: $bad', ({ bad, good }) => {
  expect(flagged(bad)).not.toEqual([]);
  expect(flagged(good)).toEqual([]);
});

test.each([
  ['What does a miss cost?', []],
  ['See what\nis sent, and what to do.', ['what']],
  ['| What Redis holds | x |', ['What']],
  ['The user knows the password, the cache knows the key.', ['knows']],
  ['`whose` and [a](whoever.md)\n\n```\nnobody\n```\n', []],
])('%j has %j', (text, words) => {
  expect(flagged(text)).toEqual(words);
});

test.each([
  ['a.ts', 'const nobody = /nobody "/; // Tells\n// nobody\n', ['Tells', 'nobody']],
  [
    'a.ts',
    "f('nobody is here now', 'nobody', `${nobody} or somebody in here`)",
    ['nobody', 'somebody'],
  ],
  ['a.ts', "test.each(rows)('a pod $what is not served')", []],
  ['a.ts', '/** @param what the awaited state, what it is */', ['what']],
  ['a.ts', '/**\n * The entry, what\n * is stored.\n */', ['what']],
  ['a.lua', 'local whose = 1 -- whose', ['whose']],
  ['a.sql', 'select whose /* whose */', ['whose']],
  ['a.yaml', 'whose: a#whose # whose\n', ['whose']],
  ['alerts/A/rule.yaml', 'summary: A pod, whose store fails', ['whose']],
  ['_a.tpl', '{{- /* Whose it is */ -}}{{ whose }}', ['Whose']],
  ['Dockerfile', '# Whose\nRUN whose', ['Whose']],
])('in %s, reads comments and messages only: %s', (file, source, words) => {
  expect(flagged(source, file)).toEqual(words);
});

test('a breach has the position of its words in the file', () => {
  const source = 'let a;\n// One.\n  // Two, whose end.\n';
  const places = proseOf('a.ts', source).flatMap(({ start, text }) =>
    breachesIn(text).map(({ index }) => start + index),
  );
  expect(places).toEqual([source.indexOf('whose')]);
});

test('data files are not read', () => {
  expect(['a.json', 'a.pem', 'b/Dockerfile', 'a.yml'].map(isRead)).toEqual([
    false,
    false,
    true,
    true,
  ]);
});

test('the repository has no hit', () => {
  expect(hitsUnder('')).toEqual([]);
});
