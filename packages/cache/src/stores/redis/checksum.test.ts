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
    expect(isStampOf('E:g-1:', 'E:g-1:', Buffer.alloc(0), '')).toBe(false);
  });
});

describe('a checksum', () => {
  // The CRC-32 of "123456789" is the check value of the algorithm's catalogues: cbf43926.
  it('is a CRC-32 and a length, both in base 36', () => {
    expect(checksumOf(Buffer.from('123456789'))).toBe(`${(0xcb_f4_39_26).toString(36)}.9`);
    expect(checksumOf(Buffer.alloc(0))).toBe('0.0');
  });

  it.each([1, 100, 4096, 4097, 100_000])(
    'of %i bytes differs for another length, and for another byte at either end',
    (length) => {
      const bytes = Buffer.alloc(length, 'x');
      const checksum = checksumOf(bytes);
      const first = Buffer.from(bytes);
      first[0] = 0;
      const last = Buffer.from(bytes);
      last[length - 1] = 0;
      const others = [first, last, bytes.subarray(1), Buffer.concat([bytes, Buffer.from('x')])];
      for (const other of others) expect(checksumOf(other)).not.toBe(checksum);
      expect(checksumOf(Buffer.from(bytes))).toBe(checksum);
    },
  );

  it('covers every byte of a value of up to 4 KiB, and of a longer one both ends', () => {
    for (const index of [0, 2047, 2048, 4095]) expect(differsAt(4096, index)).toBe(true);
    for (const index of [0, 2047, 8000 - 2048, 7999]) expect(differsAt(8000, index)).toBe(true);
    expect(differsAt(8000, 4000)).toBe(false);
  });
});

/** Whether two values of a length that differ in one byte have other checksums. */
function differsAt(length: number, index: number): boolean {
  const bytes = Buffer.alloc(length, 'x');
  const other = Buffer.from(bytes);
  other[index] = 0;
  return checksumOf(bytes) !== checksumOf(other);
}
