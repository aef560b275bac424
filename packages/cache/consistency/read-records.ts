import { READ_FIELDS, type ReadRecord } from './messages.ts';
import { FORMS } from './registers.ts';

export interface ReadRecords {
  add(record: ReadRecord): void;
  /** All records since the last call, as numbers. */
  take(): Float64Array;
}

/** Packs records of reads into numbers: a pod sends thousands of them a second. */
export function createReadRecords(): ReadRecords {
  let values = new Float64Array(READ_FIELDS * 1024);
  let length = 0;
  return {
    add({ form, id, version, session, invokedAt, completedAt }) {
      if (length + READ_FIELDS > values.length) {
        const larger = new Float64Array(values.length * 2);
        larger.set(values);
        values = larger;
      }
      values.set([FORMS.indexOf(form), id, version ?? -1, session, invokedAt, completedAt], length);
      length += READ_FIELDS;
    },
    take() {
      const taken = values.slice(0, length);
      length = 0;
      return taken;
    },
  };
}

export function* unpackReads(values: Float64Array): Generator<ReadRecord> {
  for (let at = 0; at < values.length; at += READ_FIELDS) {
    const version = values[at + 2]!;
    yield {
      form: FORMS[values[at]!]!,
      id: values[at + 1]!,
      version: version === -1 ? null : version,
      session: values[at + 3]!,
      invokedAt: values[at + 4]!,
      completedAt: values[at + 5]!,
    };
  }
}
