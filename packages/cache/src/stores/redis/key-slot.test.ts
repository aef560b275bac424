import { expect, it } from 'vitest';

import { keySlot } from './key-slot.ts';

// `CLUSTER KEYSLOT` of Redis 7. The first is the check value of the specification, 0x31C3.
it.each([
  ['123456789', 12_739],
  ['foo', 12_182],
  ['{foo}:bar', 12_182],
  ['a{foo}{bar}', 12_182],
  ['', 0],
])('the hash slot of %j is %i', (key, slot) => expect(keySlot(key)).toBe(slot));

it('is that of the whole key where there is no hash tag', () => {
  expect(keySlot('{}foo')).not.toBe(keySlot('{}bar'));
  expect(keySlot('{foo')).not.toBe(keySlot('foo'));
});
