import type { WriteThrough } from '../api.ts';
import { encodeValue } from '../codecs/compression.ts';
import { policyOf } from '../keys/policy.ts';
import type { NewValue } from '../protocol/store.ts';

/**
 * The value that a write stores in place of the old one, in the form that readers store. `undefined` if
 * the value is too large: its entry is removed.
 *
 * @throws CacheUsageError for a value that its codec cannot encode
 */
export async function encodeWriteThrough<Result>(
  { writeThrough: { options }, value }: WriteThrough<Result>,
  result: Result,
): Promise<NewValue | undefined> {
  const policy = policyOf(options);
  const newValue = value(result);
  const bytes = toBuffer(policy.codec.encode(newValue));
  if (bytes.length > policy.maxValueBytes) return undefined;
  return {
    ...(await encodeValue(policy, bytes)),
    ttlMs: newValue === null ? policy.negativeTtlMs : policy.ttlMs,
    graceMs: policy.graceMs,
    // Nothing was loaded: refresh-ahead begins with the next load.
    loadMs: 0,
  };
}

function toBuffer(encoded: Uint8Array | string): Buffer {
  if (typeof encoded === 'string') return Buffer.from(encoded);
  return Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
}
