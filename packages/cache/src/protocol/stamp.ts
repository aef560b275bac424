/**
 * A stamp is the record beside a stored value, as one line of text:
 *
 *     E:generation:id:checksum:expiresAtMs:loadMs:codec:epoch,epoch
 *
 * `generation` names the incarnation of the store that took the value, `id` is unique to it,
 * `checksum` is the CRC-32 of its bytes in hexadecimal, `expiresAtMs` is on the store's clock, and
 * the epochs are those of its tags, in order.
 */
export interface Stamp {
  generation: string;
  id: string;
  checksum: string;
  expiresAtMs: number;
  loadMs: number;
  codec: string;
  epochs: readonly string[];
}

export function formatStamp(stamp: Stamp): string {
  const { generation, id, checksum, expiresAtMs, loadMs, codec, epochs } = stamp;
  return `E:${generation}:${id}:${checksum}:${expiresAtMs}:${loadMs}:${codec}:${epochs.join(',')}`;
}

/** `undefined` for a record that is no stamp: a lease, a fence, or of another version. */
export function parseStamp(record: string): Stamp | undefined {
  const fields = record.split(':');
  if (fields[0] !== 'E' || fields.length !== 8) return undefined;
  const [, generation, id, checksum, expiresAt, load, codec, epochs] = fields;
  return {
    generation: generation!,
    id: id!,
    checksum: checksum!,
    expiresAtMs: Number(expiresAt),
    loadMs: Number(load),
    codec: codec!,
    epochs: epochs === '' ? [] : epochs!.split(','),
  };
}

/** A stamp's codec, without reading the rest: every hit compares it. */
export function codecOf(stamp: string): string {
  const end = stamp.lastIndexOf(':');
  return stamp.slice(stamp.lastIndexOf(':', end - 1) + 1, end);
}
