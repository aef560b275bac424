import { LocalServiceError } from '@relay/dev-servers';

import type { Program } from '../../kit/command.ts';

type Bench<Options> = (options: Options, started: AsyncDisposableStack) => Promise<void>;

/** A benchmark as a program that ends what it has started, whatever happens. */
export function withStack<Options>(bench: Bench<Options>): Program<Options> {
  return {
    expectedErrors: [LocalServiceError],
    async run(options) {
      await using started = new AsyncDisposableStack();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => void started.disposeAsync().finally(() => process.exit(130)));
      }
      await bench(options, started);
    },
  };
}
