import { expect, test } from 'vitest';

import { stepsIn, withLines } from './steps.ts';

test('a block with a file or a command behind its language is a step, any other is not', () => {
  const document = [
    '```bash',
    'npm test',
    '```',
    "```ts file=a.ts after='x: ['",
    'one,',
    '```',
    '````md file=b.md',
    '```js',
    'code',
    '```',
    '````',
    '```bash run',
    'npm run make',
    '```',
  ].join('\n');
  expect(stepsIn(document)).toEqual([
    { kind: 'edit', file: 'a.ts', text: 'one,\n', place: { side: 'after', anchor: 'x: [' } },
    { kind: 'edit', file: 'b.md', text: '```js\ncode\n```\n' },
    { kind: 'run', command: 'npm run make' },
  ]);
});

test('lines are put beside the first that has the anchor, as far in as that', () => {
  const text = 'a:\n  b: 1\n  b: 2\n';
  const edit = { kind: 'edit', file: '', text: 'c:\n  d: 1\n' } as const;
  expect(withLines(text, { ...edit, place: { side: 'after', anchor: 'b:' } })).toBe(
    'a:\n  b: 1\n  c:\n    d: 1\n  b: 2\n',
  );
  expect(withLines(text, { ...edit, place: { side: 'before', anchor: 'a:' } })).toBe(
    'c:\n  d: 1\na:\n  b: 1\n  b: 2\n',
  );
  expect(() => withLines(text, { ...edit, place: { side: 'before', anchor: 'z' } })).toThrow(
    'No line has "z"',
  );
});
