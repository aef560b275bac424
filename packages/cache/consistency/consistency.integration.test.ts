import { testDatabase, testRedis } from '@relay/dev-servers/testing';
import { describe, expect, it } from 'vitest';

import { BUGS } from './messages.ts';
import { parseOptions } from './options.ts';
import { runConsistency } from './run.ts';
import { formatVerdict } from './table.ts';

const hasRedis = (await testRedis()) !== null;

async function check(...args: string[]) {
  const databaseUrl = await testDatabase();
  return runConsistency({ ...parseOptions(['--short', ...args]), databaseUrl });
}

describe.skipIf(!hasRedis)('the consistency check, short form', { timeout: 180_000 }, () => {
  it('keeps every rule with the package as it is', async () => {
    const outcomes = await check();
    const broken = outcomes.filter(({ broken }) => broken.length > 0);
    expect(broken.map(({ scenario, broken, findings }) => [scenario, broken, findings])).toEqual(
      [],
    );
    expect(formatVerdict(outcomes)).toMatch(/^stale=0 racy_reads=[1-9]\d{2,} bound_s=\d\.\d\d$/);
  });

  it.each(BUGS)('turns red with the mistake %s', async (bug) => {
    const [outcome] = await check('--bug', bug, '--bound-s', '3');
    expect(outcome!.scan.acknowledged).toBeGreaterThan(0);
    expect(outcome!.scan.staleOutside).toBeGreaterThan(0);
    expect(outcome!.broken).not.toEqual([]);
  });
});
