import { runCommand } from '../../kit/command.ts';
import { HTTP_USAGE, parseHttpOptions } from './http/options.ts';

const [first, ...rest] = process.argv.slice(2);

if (first === 'cache') {
  const { CACHE_USAGE, parseCacheOptions } = await import('./cache/options.ts');
  await runCommand({
    usage: CACHE_USAGE,
    parse: () => parseCacheOptions(rest),
    async load() {
      const [{ benchCache }, { withStack }] = await Promise.all([
        import('./cache/bench.ts'),
        import('./with-stack.ts'),
      ]);
      return withStack(benchCache);
    },
  });
} else {
  await runCommand({
    usage: HTTP_USAGE,
    parse: parseHttpOptions,
    async load() {
      const [{ benchHttp }, { withStack }] = await Promise.all([
        import('./http/bench.ts'),
        import('./with-stack.ts'),
      ]);
      return withStack(benchHttp);
    },
  });
}
