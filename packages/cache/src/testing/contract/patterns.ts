import { expect, it } from 'vitest';

import { MINUTE, useStore, value, type CreateStore } from './harness.ts';

export function describePatterns(create: CreateStore): void {
  const t = useStore(create);
  const invalidate = (pattern: string) => t.store.invalidateMatching(t.name(pattern));

  it('are walked no further once the signal is aborted', async () => {
    await t.put(t.at('a'));
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(t.store.invalidateMatching(t.name('*'), signal)).rejects.toThrow('enough');
    expect(await t.read(t.at('a'))).toBe('value');
  });

  it.each([
    { pattern: '*', removes: ['a:1', 'a:2', 'b:1'] },
    { pattern: 'a:*', removes: ['a:1', 'a:2'] },
    { pattern: '*:1', removes: ['a:1', 'b:1'] },
    { pattern: 'a*1', removes: ['a:1'] },
    { pattern: 'a:1*', removes: ['a:1'] },
    { pattern: 'c*', removes: [] },
  ])('$pattern removes $removes of a:1, a:2 and b:1', async ({ pattern, removes }) => {
    for (const key of ['a:1', 'a:2', 'b:1']) await t.put(t.at(key));
    expect(await invalidate(pattern)).toBe(removes.length);
    for (const key of ['a:1', 'a:2', 'b:1']) {
      const kept = (await t.read(t.at(key))) !== undefined;
      expect({ key, kept }).toEqual({ key, kept: !removes.includes(key) });
    }
  });

  it.each([
    { pattern: '?*', matches: '?1', not: 'a1' },
    { pattern: '[ab]*', matches: '[ab]1', not: 'a1' },
    { pattern: '[^a]*', matches: '[^a]1', not: 'b1' },
    { pattern: '^*', matches: '^1', not: 'a1' },
    { pattern: String.raw`\a*`, matches: String.raw`\a1`, not: 'a1' },
    { pattern: '.*', matches: '.1', not: 'a1' },
    { pattern: '(a|b)*', matches: '(a|b)1', not: 'a1' },
    { pattern: 'a-c*', matches: 'a-c1', not: 'b1' },
    { pattern: '{a}*', matches: '{a}1', not: 'a1' },
    { pattern: 'A*', matches: 'A1', not: 'a1' },
    { pattern: '日*', matches: '日本', not: '月' },
    { pattern: '🦊*', matches: '🦊1', not: '🐻1' },
  ])('only * is special: $pattern matches $matches and not $not', async (example) => {
    await t.put(t.at(example.matches));
    await t.put(t.at(example.not));
    expect(await invalidate(example.pattern)).toBe(1);
    expect(await t.read(t.at(example.matches))).toBeUndefined();
    expect(await t.read(t.at(example.not))).toBe('value');
  });

  it('remove the leases of all keys that match, and of no others', async () => {
    const matching = ['a:1', 'a:{2}', '{a}:3'].map((key) => t.at(key));
    const leases = [];
    for (const address of matching) leases.push(await t.granted(address));
    const other = await t.granted(t.at('b:1'));
    expect(await invalidate('a:*')).toBe(0);
    expect(await invalidate('{a}:*')).toBe(0);
    for (const [index, address] of matching.entries()) {
      expect(await t.store.fill(address, leases[index]!, value('stale'))).toBe(false);
    }
    expect(await t.store.fill(t.at('b:1'), other, value('value'))).toBe(true);
  });

  it('leave nothing of loads that were under way, whenever their fills arrive', async () => {
    const addresses = Array.from({ length: 300 }, (_, n) => t.at(`race:${n}`, { grace: true }));
    const leases = await Promise.all(addresses.map((address) => t.granted(address)));
    const fill = (n: number) =>
      t.store.fill(addresses[n]!, leases[n]!, value('stale', { graceMs: MINUTE }));
    const early = addresses.slice(0, 150).map((_, n) => fill(n));
    const removal = invalidate('race:*');
    const late = addresses.slice(150).map((_, n) => fill(n + 150));
    await Promise.all([...early, removal, ...late]);
    const left = await t.store.read(addresses);
    expect(left.filter(Boolean)).toEqual([]);
    const results = await Promise.all(
      addresses.map((address) => t.store.lease(address, t.id(), MINUTE)),
    );
    expect(results.filter((result) => 'grace' in result)).toEqual([]);
  });

  it('find all of thousands of entries', async () => {
    const addresses = Array.from({ length: 2500 }, (_, n) => t.at(`many:${n}`));
    await Promise.all(addresses.map((address) => t.put(address)));
    expect(await invalidate('many:*')).toBe(2500);
    const left = await t.store.read(addresses);
    expect(left.filter(Boolean)).toEqual([]);
  });

  it('find an entry under a name with the wildcard in it', async () => {
    await t.put(t.at('a:*:1'));
    expect(await invalidate('a:*')).toBe(1);
  });

  it('leave tags alone', async () => {
    const address = t.at('a', { tags: [t.name('tag')] });
    await t.put(address);
    expect(await invalidate('t*')).toBe(0);
    expect(await t.read(address)).toBe('value');
  });
}
