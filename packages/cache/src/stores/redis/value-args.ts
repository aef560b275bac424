import { CacheUsageError } from '../../errors.ts';
import type { NewValue } from '../../protocol/store.ts';
import { checksumOf } from './checksum.ts';

/** A value as the scripts take it: bytes, ttl, grace, 'id:checksum', 'loadMs:codec:epochs'. */
export function valueArgs(
  { bytes, ttlMs, graceMs, loadMs, codec }: NewValue,
  id: string,
  epochs: readonly string[],
): (string | number | Uint8Array)[] {
  if (/[:\n]/.test(codec)) {
    throw new CacheUsageError(`the codec ${JSON.stringify(codec)} has a colon or a line end`);
  }
  return [
    Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    wholeMs(ttlMs),
    graceMs > 0 ? wholeMs(graceMs) : 0,
    `${id}:${checksumOf(bytes)}`,
    `${loadMs}:${codec}:${epochs.join(',')}`,
  ];
}

/** Redis takes whole milliseconds, and none below 1. */
export function wholeMs(ms: number): number {
  return Math.max(1, Math.floor(ms));
}
