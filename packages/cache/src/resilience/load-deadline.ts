import { CacheLoadTimeoutError } from '../errors.ts';
import type { LoadContext } from '../keys/define-keys.ts';
import { startDeadline } from './deadline.ts';

/**
 * Settles as the loader does, or rejects after `timeoutMs` and aborts the signal of its context.
 *
 * @throws CacheLoadTimeoutError
 */
export function withLoadDeadline<T>(
  load: (context: LoadContext) => Promise<T>,
  timeoutMs: number,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const context = new LazyLoadContext();
    let settled = false;
    const deadline = startDeadline(timeoutMs, () => {
      if (settled) return;
      settled = true;
      const error = new CacheLoadTimeoutError(`the loader returned nothing in ${timeoutMs} ms`);
      reject(error);
      context.abort(error);
    });
    const settle = () => {
      settled = true;
      clearTimeout(deadline.timer);
    };
    callLoader(load, context).then(
      (value) => {
        settle();
        resolve(value);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}

/** A loader that throws before its first `await` rejects like any other. */
async function callLoader<T>(
  load: (context: LoadContext) => Promise<T>,
  context: LoadContext,
): Promise<T> {
  return load(context);
}

/** Creates its signal when a loader reads it: most do not, and a controller costs more than a hit. */
class LazyLoadContext implements LoadContext {
  #controller: AbortController | undefined;
  #error: Error | undefined;

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#error) this.#controller.abort(this.#error);
    }
    return this.#controller.signal;
  }

  abort(error: Error): void {
    this.#error = error;
    this.#controller?.abort(error);
  }
}
