import { describe, expect, it } from 'vitest';

import { eventually } from './wait.ts';

describe('eventually', () => {
  it('returns the result of the first check that passes', async () => {
    let checks = 0;
    const check = async () => {
      checks += 1;
      if (checks < 3) throw new Error('Not yet');
      return checks;
    };
    expect(await eventually('a third check', check, { withinMs: 1000, everyMs: 1 })).toBe(3);
  });

  it('reports the awaited state and the last failure', async () => {
    let checks = 0;
    const check = async () => {
      checks += 1;
      throw new Error(`It is Pending, check ${checks}`);
    };
    await expect(eventually('the pod runs', check, { withinMs: 20, everyMs: 1 })).rejects.toThrow(
      /^Waited 0 s in vain: the pod runs\. Last failure: It is Pending, check \d+$/,
    );
  });
});
