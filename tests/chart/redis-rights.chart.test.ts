import { readFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from 'vitest';

import { CHART, render } from './helm.ts';
import { ofKind } from './manifests.ts';

const text = readFileSync(path.join(CHART, 'values.yaml'), 'utf8');
/** Of a Cluster, or irrelevant for permissions. */
const CATEGORIES = new Set(['@connection', '@dangerous', '@all']);

/** The permissions of a user of the bundled Redis. */
async function rightsOf(user: string): Promise<string[]> {
  const config = ofKind(await render(), 'ConfigMap').find(
    ({ metadata }) => metadata.name === 'relay-redis',
  );
  const line = new RegExp(`^ *user ${user} on \\S+ (.*)$`, 'm').exec(
    config!.data!['start.sh']!.replace(/\$\([^)]*\)/g, 'HASH'),
  )![1]!;
  return line.split(' ').filter((right) => !CATEGORIES.has(right.slice(1)));
}

describe.each(['auth', 'post'])('the rights of the user %s', (user) => {
  it('at an external Redis are documented as the bundled one grants them', async () => {
    const comment = new RegExp(`# (Needs .*)\\n    ${user}: ${user}\\n`).exec(text)![1]!;
    const rights = await rightsOf(user);
    expect(rights.length).toBeGreaterThan(10);
    const missing = rights.filter((right) => {
      const name = right.slice(1);
      return right.startsWith('+')
        ? !new RegExp(`\\b${name.replace('|', ' ')}\\b`, 'i').test(comment)
        : !comment.includes(`\`${name}\``);
    });
    expect(missing).toEqual([]);
  });
});
