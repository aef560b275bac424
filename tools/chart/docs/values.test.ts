import { expect, it } from 'vitest';

import { allValues, isSection, readValues } from './values.ts';

const YAML = `# How many
# of them.
replicas: 2
# Labels for all.
labels: {}

# The cache.
cache:
  # Whether there is one.
  enabled: true
  # Limits of the pod.
  resources:
    limits: { memory: 1Gi }
  image:
    # Its version.
    tag: v1
`;

it('gives each value its comment and its default', () => {
  expect(allValues(readValues(YAML))).toEqual([
    { path: ['replicas'], default: 2, description: 'How many of them.' },
    { path: ['labels'], default: {}, description: 'Labels for all.' },
    { path: ['cache', 'enabled'], default: true, description: 'Whether there is one.' },
    {
      path: ['cache', 'resources'],
      default: { limits: { memory: '1Gi' } },
      description: 'Limits of the pod.',
    },
    { path: ['cache', 'image', 'tag'], default: 'v1', description: 'Its version.' },
  ]);
});

it('keeps the comment above a section apart from that of its first value', () => {
  const cache = readValues(YAML).entries.find(isSection);
  expect(cache).toMatchObject({ path: ['cache'], description: 'The cache.' });
  const image = cache?.entries.find(isSection);
  expect(image).toMatchObject({ path: ['cache', 'image'], description: '' });
});

it('finds the values that have no comment', () => {
  const values = allValues(readValues('# One.\na: 1\nb: 2\nc:\n  d: 3\n'));
  const bare = values.filter(({ description }) => description === '');
  expect(bare.map(({ path }) => path.join('.'))).toEqual(['b', 'c']);
});
