import { describe, expect, it } from 'vitest';

import { formatStamp } from '../../protocol/stamp.ts';
import { checksumOf, isStampOf } from './checksum.ts';

const BYTES = Buffer.from('value');

function stampOf(more: { generation?: string; checksum?: string; epochs?: string[] } = {}) {
  return formatStamp({
    generation: 'g-1',
    id: 'id',
    checksum: checksumOf(BYTES),
    expiresAtMs: 1000,
    loadMs: 1.5,
    codec: '1',
    epochs: [],
    ...more,
  });
}

describe('a record', () => {
  it.each([
    { why: 'it is that stamp', stamp: stampOf(), epochs: '', valid: true },
    {
      why: 'of another generation',
      stamp: stampOf({ generation: 'g-2' }),
      epochs: '',
      valid: false,
    },
    {
      why: 'of a longer generation',
      stamp: stampOf({ generation: 'g-12' }),
      epochs: '',
      valid: false,
    },
    { why: 'of other bytes', stamp: stampOf({ checksum: 'abc' }), epochs: '', valid: false },
    { why: 'with its epochs', stamp: stampOf({ epochs: ['a', 'b'] }), epochs: 'a,b', valid: true },
    { why: 'with fewer epochs', stamp: stampOf({ epochs: ['b'] }), epochs: 'a,b', valid: false },
    { why: 'with more epochs', stamp: stampOf({ epochs: ['a', 'b'] }), epochs: 'b', valid: false },
    {
      why: 'with epochs of tags it has no more',
      stamp: stampOf({ epochs: ['a'] }),
      epochs: '',
      valid: false,
    },
    { why: 'a lease', stamp: 'L:g-1:token', epochs: '', valid: false },
    { why: 'a fence', stamp: 'F:id=1000', epochs: '', valid: false },
    { why: 'empty', stamp: '', epochs: '', valid: false },
    { why: 'cut off', stamp: 'E:g-1:', epochs: '', valid: false },
  ])('$why: valid is $valid', ({ stamp, epochs, valid }) => {
    expect(isStampOf(stamp, 'E:g-1:', BYTES, epochs)).toBe(valid);
  });

  it('is no stamp of an empty value by accident', () => {
    expect(checksumOf(Buffer.alloc(0))).toBe('0');
    expect(isStampOf('E:g-1:', 'E:g-1:', Buffer.alloc(0), '')).toBe(false);
  });
});
