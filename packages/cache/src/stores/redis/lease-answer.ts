import type { Entry, Lease, LeaseResult } from '../../protocol/store.ts';
import { isStampOf } from './checksum.ts';

/** The reply of `scripts/lease.lua`. */
export type Answer = readonly (Buffer | null | undefined)[];

/** The stamp of an entry that cannot be used. */
export interface Invalid {
  invalid: string;
}

/** The result of `lease` on one server; on a Cluster its epochs are still to be compared. */
export function readAnswer(token: string, answer: Answer): LeaseResult | Invalid {
  const state = String(answer[0]);
  if (state === 'granted') {
    const record = String(answer[1]);
    const epochs = isStamp(record) ? splitEpochs(epochsOf(record)) : answer.slice(4).map(String);
    const lease: Lease = { token, record, generation: String(answer[2]), epochs };
    return { state, lease, ...graceOf(answer[3]) };
  }
  if (state === 'held') return { state, token: String(answer[1]), ...graceOf(answer[2]) };
  if (state === 'fenced') return { state };
  const stamp = String(answer[1]);
  const bytes = answer[2];
  return bytes && isIntact(stamp, bytes)
    ? { state: 'entry', entry: { stamp, bytes } }
    : { invalid: stamp };
}

/** The stamp in the answer to `lease`: of the entry, or of the entry being replaced. */
export function stampIn(answer: Answer): string | undefined {
  const record = String(answer[0]) === 'held' ? answer[3] : answer[1];
  const text = record?.toString();
  return text !== undefined && isStamp(text) ? text : undefined;
}

export function isStamp(record: string): boolean {
  return record.startsWith('E:');
}

export function epochsOf(stamp: string): string {
  return stamp.slice(stamp.lastIndexOf(':') + 1);
}

export function splitEpochs(epochs: string): string[] {
  return epochs === '' ? [] : epochs.split(',');
}

/** Whether bytes are those of a stamp. Its generation and epochs have been compared before. */
function isIntact(stamp: string, bytes: Buffer): boolean {
  const generation = stamp.slice(0, stamp.indexOf(':', 2) + 1);
  return isStampOf(stamp, generation, bytes, epochsOf(stamp));
}

/** The grace copy is its stamp, a line end, and the bytes. */
function graceOf(copy: Buffer | null | undefined): { grace?: Entry } {
  if (!copy) return {};
  const end = copy.indexOf('\n');
  const grace = { stamp: copy.toString('utf8', 0, end), bytes: copy.subarray(end + 1) };
  return isIntact(grace.stamp, grace.bytes) ? { grace } : {};
}
