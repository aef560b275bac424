import type { Exclusive } from './session.ts';

/**
 * Runs one task at a time, in all tabs. Browsers offer no lock over plain HTTP other than to localhost: there, one
 * at a time in this tab, and two tabs rely on the server's interval for a repeated refresh token.
 */
export function createExclusive(locks: LockManager | undefined, name: string): Exclusive {
  if (locks) return (task) => locks.request(name, task);
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task, task);
    last = next;
    return next;
  };
}
