import { describe, expect, it } from 'vitest';

import { CacheUsageError } from '../../errors.ts';
import { keyTarget, MINUTE, tagTarget, useStore, value, type CreateStore } from './harness.ts';

/** Keys that a careless pattern, or a careless choice of hash slot, trips over. */
const ODD_KEYS = [
  '{tag}:of:many',
  'tag:{in}:the:middle',
  'tag:{at}{twice}',
  'an:{unclosed:brace',
  'glob:?',
  'glob:[ab]',
  String.raw`back\slash`,
  'glob:^a-z',
  'space and\nnewline',
  'ünïcödé:日本語:🦊',
  'a=b,c+d',
];

export function describeKeys(create: CreateStore): void {
  const t = useStore(create);

  describe.each(ODD_KEYS)('such as %j', (odd) => {
    it('can be leased, filled, read, fenced and removed, by name and by pattern', async () => {
      const address = t.at(odd, { grace: true });
      await t.put(address, { graceMs: MINUTE });
      await t.put(t.at('other'));
      expect(await t.read(address)).toBe('value');
      expect(await t.store.invalidate(keyTarget(address))).toMatchObject({ removed: true });
      expect(await t.read(address)).toBeUndefined();
      await t.store.fence(keyTarget(address), 'one', MINUTE);
      expect(await t.state(address)).toBe('fenced');
      expect(await t.store.lift(keyTarget(address), 'one', value('written'))).toMatchObject({
        stored: true,
      });
      expect(await t.read(address)).toBe('written');
      expect(await t.store.invalidateMatching(`${address.key}*`)).toBe(1);
      expect(await t.read(address)).toBeUndefined();
      expect(await t.read(t.at('other'))).toBe('value');
    });

    it('can be a tag', async () => {
      const address = t.at('a', { tags: [t.name(odd)] });
      await t.put(address);
      expect(await t.read(address)).toBe('value');
      await t.store.invalidate(tagTarget(t.name(odd)));
      expect(await t.read(address)).toBeUndefined();
    });
  });

  it.each(['a}b', 'a}{b', '{}a', 'a{}{b}', 'half\uD800'])(
    'such as %j are refused: they are ambiguous, or not in one slot with their records',
    async (stray) => {
      const address = t.at(stray);
      const lease = await t.granted(t.at('a'));
      const calls = [
        () => t.store.read([address]),
        () => t.store.lease(address, t.id(), MINUTE),
        () => t.store.fill(address, lease, value('value')),
        () => t.store.fence(keyTarget(address), t.id(), MINUTE),
        () => t.store.lift(keyTarget(address), t.id()),
        () => t.store.invalidate(keyTarget(address)),
      ];
      for (const call of calls) await expect(call()).rejects.toThrow(CacheUsageError);
    },
  );

  it('that are empty are refused, and so are empty tags', async () => {
    await expect(t.store.lease({ key: '' }, t.id(), MINUTE)).rejects.toThrow(CacheUsageError);
    const tagged = t.at('a', { tags: [''] });
    await expect(t.store.lease(tagged, t.id(), MINUTE)).rejects.toThrow(CacheUsageError);
    await expect(t.store.invalidate(tagTarget(''))).rejects.toThrow(CacheUsageError);
  });
}
