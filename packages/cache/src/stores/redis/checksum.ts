import { crc32 } from 'node:zlib';

export function checksumOf(bytes: Uint8Array): string {
  return crc32(bytes).toString(16);
}

/**
 * Whether a record is the stamp of these bytes and of these epochs. Every hit runs it: it takes apart
 * no more of the stamp than it compares. The fields are those of `protocol/stamp.ts`.
 *
 * @param live what the stamps of the live generation begin with
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
