import { brotliCompress, brotliDecompress, constants } from 'node:zlib';

import type { EntryPolicy } from '../keys/policy.ts';

/** An entry's bytes as they are stored, and the label in its stamp. */
export interface Encoded {
  bytes: Uint8Array;
  codec: string;
}

/** Ends the label of compressed entries. No codec or version can contain it. */
const SUFFIX = '+br';

/*
 * Brotli at its fastest: on pages of JSON of 3 to 500 KB it compressed twice as fast as deflate at
 * level 1 and to nine tenths of its size, at equal speed of decompression. Zstandard did better still,
 * and is experimental in Node 22 and 24.
 */
const SETTINGS = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/** Compresses values of at least `compressAboveBytes`, off the event loop, where it makes them smaller. */
export function encodeValue(policy: EntryPolicy, bytes: Uint8Array): Encoded | Promise<Encoded> {
  if (bytes.byteLength < policy.compressAboveBytes) return { bytes, codec: policy.codecLabel };
  return compress(bytes).then((compressed) =>
    compressed !== undefined && compressed.length < bytes.byteLength
      ? { bytes: compressed, codec: policy.codecLabel + SUFFIX }
      : { bytes, codec: policy.codecLabel },
  );
}

/**
 * The bytes that `encodeValue` was given: at once if they were stored as they are. `undefined`: they
 * are of another codec or version, damaged, or now larger than a value may be.
 *
 * @param codec the label in the entry's stamp
 */
export function decodeStored(
  policy: EntryPolicy,
  codec: string,
  bytes: Buffer,
): Buffer | undefined | Promise<Buffer | undefined> {
  if (codec === policy.codecLabel) return bytes;
  if (codec !== policy.codecLabel + SUFFIX) return undefined;
  return decompress(bytes, policy.maxValueBytes);
}

function compress(bytes: Uint8Array): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    brotliCompress(bytes, SETTINGS, (error, result) => resolve(error ? undefined : result));
  });
}

/** The bound keeps a small damaged entry from becoming a large buffer. */
function decompress(bytes: Buffer, maxOutputLength: number): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    brotliDecompress(bytes, { maxOutputLength }, (error, result) =>
      resolve(error ? undefined : result),
    );
  });
}
