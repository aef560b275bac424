import { randomBytes } from 'node:crypto';

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { KeyOptions } from '../keys/key-options.ts';
import { policyOf } from '../keys/policy.ts';
import { decodeStored, encodeValue } from './compression.ts';

const page = Buffer.from(
  JSON.stringify(Array.from({ length: 100 }, (_, id) => ({ id, votes: 0 }))),
);

const policyWith = (options: KeyOptions) => policyOf(options);

describe('a value in the store', () => {
  it('below the size is stored as it is, and read without a copy', () => {
    const policy = policyWith({ compressAboveBytes: page.length + 1 });
    const encoded = encodeValue(policy, page);
    expect(encoded).toEqual({ bytes: page, codec: 'json@1' });
    expect(decodeStored(policy, 'json@1', page)).toBe(page);
  });

  it('is not compressed unless the definition enables it', () => {
    expect(encodeValue(policyWith({}), page)).toEqual({ bytes: page, codec: 'json@1' });
  });

  it('at the size is compressed, is marked so, and comes back the same', async () => {
    const policy = policyWith({ compressAboveBytes: page.length, version: '2.b' });
    const { bytes, codec } = await encodeValue(policy, page);
    expect(codec).toBe('json@2.b+br');
    expect(bytes.byteLength).toBeLessThan(page.length / 3);
    expect(await decodeStored(policy, codec, Buffer.from(bytes))).toEqual(page);
  });

  it('that compression does not shrink is stored as it is', async () => {
    const noise = randomBytes(1000);
    const encoded = await encodeValue(policyWith({ compressAboveBytes: 0 }), noise);
    expect(encoded).toEqual({ bytes: noise, codec: 'json@1' });
  });

  it('is read after compression has been turned on or off', async () => {
    const compressing = policyWith({ compressAboveBytes: 0 });
    const plain = policyWith({});
    const { bytes, codec } = await encodeValue(compressing, page);
    expect(await decodeStored(plain, codec, Buffer.from(bytes))).toEqual(page);
    expect(decodeStored(compressing, plain.codecLabel, page)).toBe(page);
  });

  it.each(['json@2', 'json@1+gz', 'other@1', 'other@1+br', ''])(
    'of codec %j is a miss for json@1',
    (codec) => expect(decodeStored(policyWith({}), codec, page)).toBeUndefined(),
  );

  it('of which bytes are damaged is a miss', async () => {
    const policy = policyWith({ compressAboveBytes: 0 });
    const { bytes, codec } = await encodeValue(policy, page);
    const cut = Buffer.from(bytes.subarray(0, -3));
    expect(await decodeStored(policy, codec, cut)).toBeUndefined();
    expect(await decodeStored(policy, codec, page)).toBeUndefined();
  });

  it('that unpacks to more than a value may have is a miss', async () => {
    const { bytes, codec } = await encodeValue(policyWith({ compressAboveBytes: 0 }), page);
    const smaller = policyWith({ maxValueBytes: page.length - 1 });
    expect(await decodeStored(smaller, codec, Buffer.from(bytes))).toBeUndefined();
  });

  it('of any bytes comes back the same', async () => {
    const policy = policyWith({ compressAboveBytes: 8 });
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (value) => {
        const { bytes, codec } = await encodeValue(policy, value);
        expect(await decodeStored(policy, codec, Buffer.from(bytes))).toEqual(Buffer.from(value));
      }),
    );
  });
});
