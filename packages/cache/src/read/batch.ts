import { setImmediate } from 'node:timers';

/** One request of a batch, shared by all callers with the same key. */
export interface BatchItem<Request, Answer> {
  request: Request;
  resolve(answer: Answer | PromiseLike<Answer>): void;
  reject(error: unknown): void;
}

interface BatchOptions<Request, Answer> {
  /** Requests of the same key share one item. */
  keyOf: (request: Request) => string;
  /** Settles every item. Called with at least one. */
  send: (items: readonly BatchItem<Request, Answer>[]) => void;
  /** The most items sent together. Called before each batch. */
  maxSize: () => number;
  /** Whether the first request of a turn need not wait for others. Default: it waits. */
  sendsAtOnce?: (request: Request) => boolean;
}

/**
 * Collects the requests of one turn of the event loop, and sends them together once the turn's input
 * has been read. Requests for the same key share one item. None joins an item that has been
 * sent, so an answer is never older than its request.
 *
 * A process with nothing to do gains nothing by waiting: with `sendsAtOnce` a request that finds no
 * other under way is sent by itself.
 */
export function createBatch<Request, Answer>(
  options: BatchOptions<Request, Answer>,
): (request: Request) => Promise<Answer> {
  const { keyOf, send, maxSize, sendsAtOnce } = options;
  let waiting = new Map<string, { item: BatchItem<Request, Answer>; answer: Promise<Answer> }>();

  function flush(): void {
    const items = Array.from(waiting.values(), ({ item }) => item);
    waiting = new Map();
    const size = maxSize();
    for (let at = 0; at < items.length; at += size) send(items.slice(at, at + size));
  }

  return (request) => {
    const key = keyOf(request);
    const joined = waiting.get(key);
    if (joined) return joined.answer;
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const item = { request, resolve, reject };
    if (waiting.size === 0) {
      if (sendsAtOnce?.(request)) {
        send([item]);
        return promise;
      }
      setImmediate(flush);
    }
    waiting.set(key, { item, answer: promise });
    return promise;
  };
}
