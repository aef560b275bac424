import { describe, expect, it } from 'vitest';

import { commandsUnder, portForwardsIn } from './documents.ts';

const DOCUMENT = 'docs/operations.md';

describe('the commands of the operations page', () => {
  it('are found under their headings', async () => {
    expect(await commandsUnder(DOCUMENT, 'Backup')).toContain('pg_dump');
    expect(await commandsUnder(DOCUMENT, 'Restore')).toContain('pg_restore');
  });

  it('are missed by name when a heading has gone', async () => {
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
