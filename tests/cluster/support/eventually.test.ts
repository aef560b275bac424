import { describe, expect, it } from 'vitest';

import { eventually } from './eventually.ts';

describe('eventually', () => {
  it('gives what the first check to pass gave', async () => {
    let checks = 0;
    const check = async () => {
      checks += 1;
      if (checks < 3) throw new Error('Not yet');
      return checks;
    };
    expect(await eventually('a third check', check, { withinMs: 1000, everyMs: 1 })).toBe(3);
  });

  it('says what it waited for and the last reason', async () => {
    let checks = 0;
    const check = async () => {
      checks += 1;
      throw new Error(`It is Pending, said ${checks} times`);
    };
    await expect(eventually('the pod runs', check, { withinMs: 20, everyMs: 1 })).rejects.toThrow(
      /^Waited 0 s in vain: the pod runs\. At last: It is Pending, said \d+ times$/,
    );
  });
});
