import { crc32 } from 'node:zlib';

/** From each end of a long value, so that the cost of a hit does not grow with its value. */
const END_BYTES = 2048;

/**
 * Length and CRC-32 of a value, of a long one the CRC of both its ends. It distinguishes values written
 * by different commands. Redis and TCP ensure that a command's bytes arrive whole.
 */
export function checksumOf(bytes: Uint8Array): string {
  const { length } = bytes;
  const crc =
    length <= 2 * END_BYTES
      ? crc32(bytes)
      : crc32(bytes.subarray(length - END_BYTES), crc32(bytes.subarray(0, END_BYTES)));
  return `${crc.toString(36)}.${length.toString(36)}`;
}

/**
 * Whether a record is the stamp of these bytes and of these epochs. Every hit runs it: it takes apart
 * no more of the stamp than it compares. The fields are those of `protocol/stamp.ts`.
 *
 * @param live the prefix of the stamps of the live generation
 * @param epochs the current ones, with commas between them; empty without tags
 */
export function isStampOf(stamp: string, live: string, bytes: Buffer, epochs: string): boolean {
  if (!stamp.startsWith(live)) return false;
  const start = stamp.length - epochs.length;
  if (stamp.charCodeAt(start - 1) !== COLON || !stamp.endsWith(epochs)) return false;
  const idEnd = stamp.indexOf(':', live.length);
  const checksumEnd = stamp.indexOf(':', idEnd + 1);
  return stamp.slice(idEnd + 1, checksumEnd) === checksumOf(bytes);
}

const COLON = 58;
