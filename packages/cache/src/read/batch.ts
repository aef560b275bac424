import { setImmediate } from 'node:timers';

/** One question of a batch, and all who asked it. */
export interface Question<Request, Answer> {
  request: Request;
  resolve(answer: Answer | PromiseLike<Answer>): void;
  reject(error: unknown): void;
}

interface BatchOptions<Request, Answer> {
  /** Requests of the same key share one question. */
  keyOf: (request: Request) => string;
  /** Settles every question. Called with at least one. */
  send: (questions: readonly Question<Request, Answer>[]) => void;
  /** Questions sent together, at most. */
  maxSize: number;
}

/**
 * Collects the requests of one turn of the event loop, and sends them together once the turn's input
 * has been read. Requests for the same key share one question. None joins a question that has been
 * sent, so an answer is never older than its request.
 */
export function createBatch<Request, Answer>(
  options: BatchOptions<Request, Answer>,
): (request: Request) => Promise<Answer> {
  const { keyOf, send, maxSize } = options;
  let waiting = new Map<string, { question: Question<Request, Answer>; answer: Promise<Answer> }>();

  function flush(): void {
    const questions = Array.from(waiting.values(), ({ question }) => question);
    waiting = new Map();
    if (questions.length <= maxSize) send(questions);
    else {
      for (let at = 0; at < questions.length; at += maxSize)
        send(questions.slice(at, at + maxSize));
    }
  }

  return (request) => {
    const key = keyOf(request);
    const joined = waiting.get(key);
    if (joined) return joined.answer;
    if (waiting.size === 0) setImmediate(flush);
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    waiting.set(key, { question: { request, resolve, reject }, answer: promise });
    return promise;
  };
}
