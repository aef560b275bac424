import { runCommand } from '../../kit/cli.ts';

const [first, ...rest] = process.argv.slice(2);

if (first === 'cache') {
  const { CACHE_USAGE: usage, parseCacheOptions: parse } = await import('./cache/options.ts');
  await runCommand({ usage, parse, load: () => import('./cache/bench.ts') }, rest);
} else {
  const { HTTP_USAGE: usage, parseHttpOptions: parse } = await import('./http/options.ts');
  await runCommand({ usage, parse, load: () => import('./http/bench.ts') });
}
