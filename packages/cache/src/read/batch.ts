import { setImmediate } from 'node:timers';

/** Shares one call among all who ask for the same name before that call has begun. */
export type Gathering<T> = (name: string, work: () => Promise<T>) => Promise<T>;

/**
 * Gathers the askers of one turn of the event loop: the call begins when the turn's input has been
 * read. Under load that is one GET for all requests for a hot key that arrived together. Nobody
 * joins a call that is under way, so what one gets is never older than one's question.
 */
export function createGathering<T>(): Gathering<T> {
  const waiting = new Map<string, Promise<T>>();
  return (name, work) => {
    const joined = waiting.get(name);
    if (joined) return joined;
    const { promise, resolve } = Promise.withResolvers<T>();
    waiting.set(name, promise);
    setImmediate(() => {
      waiting.delete(name);
      resolve(work());
    });
    return promise;
  };
}
