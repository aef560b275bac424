import type { Outbox } from '../protocol/outbox.ts';

/** An outbox that takes rows and applies none: for tests in which no process dies. */
export function createIdleOutbox(): Outbox<object> {
  return {
    append: async () => {},
    markApplied() {},
    mayHaveCommitted: () => true,
    start() {},
    replay() {},
    close: async () => {},
  };
}
