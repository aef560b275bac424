import { describe, expect, it, test } from 'vitest';

import { blocksUnder, commandsUnder, commandUnder, portForwardsIn } from './documents.ts';

const DOCUMENT = 'docs/operations.md';

describe('the commands of the operations page', () => {
  it('are found under their headings', async () => {
    expect(await commandsUnder(DOCUMENT, 'Backup')).toContain('pg_dump');
    expect(await commandsUnder(DOCUMENT, 'Restore')).toContain('pg_restore');
  });

  it('are reported missing by the name of the heading', async () => {
    await expect(commandsUnder(DOCUMENT, 'Reincarnate')).rejects.toThrow(
      'docs/operations.md has no commands under "Reincarnate"',
    );
  });

  it('forward ports, in tables as well', async () => {
    expect(await portForwardsIn(DOCUMENT)).toContain(
      'kubectl -n relay port-forward svc/relay-postgres 5432:5432',
    );
  });
});

test('a single command is found by a part of it', async () => {
  expect(await commandUnder('README.md', 'On Kubernetes', 'cluster:status')).toMatch(
    /^npm run cluster:status +# .*all pods$/,
  );
  await expect(commandUnder('README.md', 'On Kubernetes', 'cluster:moon')).rejects.toThrow(
    'README.md has no cluster:moon under "On Kubernetes"',
  );
});

test('all blocks of one language are found under a heading', async () => {
  const document = 'charts/relay/alerts/RelayServiceDown/runbook.md';
  const commands = await blocksUnder(document, 'Diagnosis', 'bash');
  expect(commands).toHaveLength(2);
  expect(commands[1]).toContain('logs deployment/relay-post');
  const queries = await blocksUnder(document, 'Diagnosis', 'promql');
  expect(queries).toEqual([expect.stringContaining('up{')]);
  expect(await blocksUnder(document, 'Impact', 'bash')).toEqual([]);
});
