import { LocalServiceError } from '@relay/local';
import { exitWith } from '@relay/service-kit';

import { UsageError } from '../usage.ts';
import { benchCache } from './cache/bench.ts';
import { CACHE_USAGE, parseCacheOptions } from './cache/options.ts';
import { benchHttp } from './http/bench.ts';
import { HTTP_USAGE, parseHttpOptions } from './http/options.ts';

const started = new AsyncDisposableStack();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => void started.disposeAsync().finally(() => process.exit(130)));
}

try {
  const [first, ...rest] = process.argv.slice(2);
  await (first === 'cache' ? cache(rest) : http(process.argv.slice(2)));
} catch (error) {
  await started.disposeAsync();
  exitWith(error, [UsageError, LocalServiceError], { lead: '' });
}
await started.disposeAsync();

async function http(args: string[]): Promise<void> {
  const options = parseHttpOptions(args);
  if (options === 'help') console.log(HTTP_USAGE);
  else await benchHttp(options, started);
}

async function cache(args: string[]): Promise<void> {
  const options = parseCacheOptions(args);
  if (options === 'help') console.log(CACHE_USAGE);
  else await benchCache(options, started);
}
