import { expect, it } from 'vitest';

import { chartReadme } from './readme.ts';

it('puts a table of each section in the place for them', () => {
  const values = `# Pods.
replicas: 2

# The cache.
cache:
  # a or b: a|b.
  mode: a
  # Empty: none.
  host: ""
`;
  expect(chartReadme('# Chart\n\n<!-- values -->\n\nThe end.\n', values)).toBe(`# Chart

| value      | default | description |
| ---------- | ------- | ----------- |
| \`replicas\` | \`2\`     | Pods.       |

### \`cache\`

The cache.

| value        | default | description   |
| ------------ | ------- | ------------- |
| \`cache.mode\` | \`a\`     | a or b: a\\|b. |
| \`cache.host\` |         | Empty: none.  |

The end.
`);
});

it('shows a long default where it stands', () => {
  const settings = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`setting${n}`, n]));
  const values = `# Settings.\nsettings: ${JSON.stringify(settings)}\n`;
  expect(chartReadme('<!-- values -->', values)).toContain('| see [values.yaml](values.yaml) |');
});

it('refuses a template without a place for the tables', () => {
  expect(() => chartReadme('# Chart\n', '# One.\na: 1\n')).toThrow(
    'the template needs exactly one',
  );
});
