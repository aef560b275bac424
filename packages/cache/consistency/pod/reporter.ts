import { now } from '../clock.ts';
import type { FromPod, ReadRecord } from '../messages.ts';
import { createReadRecords } from '../read-records.ts';

/** Sends records to the coordinator: writes at once, reads in batches. */
export interface Reporter {
  send(message: FromPod): void;
  read(record: ReadRecord): void;
  /** Resolves once everything so far has left the process. */
  flush(): Promise<void>;
}

const FLUSH_MS = 100;

export function createReporter(): Reporter {
  const records = createReadRecords();

  function flush(): Promise<void> {
    const values = records.take();
    if (values.length > 0) void post({ type: 'reads', values });
    return post({ type: 'mark', at: now() });
  }

  setInterval(() => void flush(), FLUSH_MS);
  return {
    send: (message) => void post(message),
    read: (record) => records.add(record),
    flush,
  };
}

function post(message: FromPod): Promise<void> {
  // A coordinator that has gone takes its pods with it.
  return new Promise((resolve) => {
    if (!process.connected) process.exit(0);
    process.send!(message, undefined, undefined, () => resolve());
  });
}
