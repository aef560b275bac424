import { setImmediate } from 'node:timers';

import { CacheUsageError } from '../errors.ts';
import type { LoadContext } from '../keys/key-options.ts';

type LoadMany<P, Value> = (params: readonly P[], context: LoadContext) => Promise<readonly Value[]>;

interface PendingLoad<P, Value> {
  params: P;
  resolve(value: Value): void;
  reject(error: unknown): void;
}

/**
 * Turns the single loads of one `getMany` into calls of its batch loader: loads that begin in the
 * same turn of the event loop share a call.
 *
 * @throws CacheUsageError from each load, if the batch loader returns another number of values
 */
export function createLoadBatch<P, Value>(
  loadMany: LoadMany<P, Value>,
): (params: P, context: LoadContext) => Promise<Value> {
  let pending: PendingLoad<P, Value>[] = [];

  async function flush(context: LoadContext): Promise<void> {
    const batch = pending;
    pending = [];
    try {
      const values = await loadMany(
        batch.map(({ params }) => params),
        context,
      );
      if (values.length !== batch.length) {
        throw new CacheUsageError(
          `loadMany returned ${values.length} values for ${batch.length} keys`,
        );
      }
      for (const [index, { resolve }] of batch.entries()) resolve(values[index]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }

  return (params, context) =>
    new Promise((resolve, reject) => {
      pending.push({ params, resolve, reject });
      if (pending.length === 1) setImmediate(() => void flush(context));
    });
}
