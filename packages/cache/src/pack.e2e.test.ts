import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const packageRoot = path.join(import.meta.dirname, '..');
const repository = path.join(packageRoot, '../..');

let work: string;
let packed: { filename: string; files: { path: string }[] };
let consumer: string;

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'relay-pack-'));
  packed = await packCopy(path.join(work, 'repository'));
  consumer = await installPacked(path.join(work, 'consumer'));
});

afterAll(() => rm(work, { recursive: true, force: true }));

describe('the packed @relay/cache', () => {
  it('holds the emitted code and what a reader needs, no tests, no sources and no maps', () => {
    const paths = packed.files.map((file) => file.path);
    expect(paths).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'package.json',
        'dist/index.js',
        'dist/index.d.ts',
      ]),
    );
    const others = paths.filter((file) => !/^dist\/([a-z-]+\/)*[a-z-]+\.(js|d\.ts)$/.test(file));
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(paths.filter((file) => /test|chaos|contract|\.map$/.test(file))).toEqual([]);
  });

  it('names its runtime, its dependencies and its emitted entries in its manifest', async () => {
    const file = path.join(consumer, 'node_modules/@relay/cache/package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      engines: { node: '>=24' },
      sideEffects: false,
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      peerDependenciesMeta: {
        'prom-client': { optional: true },
        '@opentelemetry/api': { optional: true },
      },
    });
    expect(manifest).not.toHaveProperty('private');
    expect(manifest).not.toHaveProperty('devDependencies');
    expect(Object.keys(manifest['dependencies'] as object)).toEqual(['ioredis']);
  });

  it('imports under every name that it exports', async () => {
    const manifest = await readFile(path.join(packageRoot, 'package.json'), 'utf8');
    const { exports } = JSON.parse(manifest) as { exports: Record<string, string> };
    for (const subpath of Object.keys(exports)) {
      const name = path.posix.join('@relay/cache', subpath);
      const code = `import * as all from '${name}'; console.log(Object.keys(all).sort().join());`;
      const source = (await import(path.join(packageRoot, exports[subpath]!))) as object;
      const expected = Object.keys(source).toSorted().join();
      expect(await runIn(consumer, 'import.ts', code)).toBe(expected);
    }
  });

  it('misses, then hits, in a project that has nothing but it', async () => {
    const output = await runIn(consumer, 'hit-and-miss.ts', HIT_AND_MISS);
    expect(output).toBe('miss loaded, hit loaded, applied 1, miss loaded');
  });

  it('is used as its README says, also where there is no Redis', async () => {
    const readme = await readFile(path.join(packageRoot, 'README.md'), 'utf8');
    const example = /```ts\n(.*?)```/s.exec(readme)?.[1];
    expect(await runIn(consumer, 'readme.ts', example!)).toBe('what the database says\nfailed');
  });

  it('has types that stand up to a strict consumer who checks libraries too', async () => {
    await writeFile(path.join(consumer, 'typed.ts'), TYPED_CONSUMER);
    const tsc = path.join(repository, 'node_modules/typescript/bin/tsc');
    const options = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2024'];
    const files = ['typed.ts', 'readme.ts', 'hit-and-miss.ts'];
    const args = [tsc, ...options, '--types', 'node', '--skipLibCheck', 'false', ...files];
    const { stdout } = await run(process.execPath, args, { cwd: consumer }).catch(
      (failure: { stdout: string }) => failure,
    );
    expect(stdout).toBe('');
  });
});

/** Packs a copy: packing rewrites package.json for a moment, and others run from this one meanwhile. */
async function packCopy(copy: string): Promise<typeof packed> {
  const target = path.join(copy, 'packages/cache');
  const skipped = new Set(['node_modules', 'dist'].map((name) => path.join(packageRoot, name)));
  await cp(packageRoot, target, { recursive: true, filter: (file) => !skipped.has(file) });
  await cp(path.join(repository, 'tsconfig.json'), path.join(copy, 'tsconfig.json'));
  await symlink(path.join(repository, 'node_modules'), path.join(copy, 'node_modules'));
  const before = await readFile(path.join(target, 'package.json'), 'utf8');
  const { stdout } = await npm(target, 'pack', '--json', '--pack-destination', work);
  expect(await readFile(path.join(target, 'package.json'), 'utf8')).toBe(before);
  const report = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as unknown;
  return Object.values(report as Record<string, typeof packed>)[0]!;
}

async function installPacked(project: string): Promise<string> {
  await cp(path.join(repository, 'LICENSE'), path.join(project, 'LICENSE'));
  await writeFile(path.join(project, 'package.json'), '{ "type": "module", "private": true }');
  const manifest = await readFile(path.join(packageRoot, 'package.json'), 'utf8');
  const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
  const root = JSON.parse(await readFile(path.join(repository, 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  await npm(
    project,
    'install',
    '--prefer-offline',
    path.join(work, packed.filename),
    `prom-client@${devDependencies['prom-client']}`,
    `@opentelemetry/api@${devDependencies['@opentelemetry/api']}`,
    `@types/node@${root.devDependencies['@types/node']}`,
  );
  return project;
}

function npm(cwd: string, ...args: string[]) {
  return run('npm', [...args, '--no-audit', '--no-fund'], { cwd });
}

async function runIn(project: string, name: string, code: string): Promise<string> {
  const file = path.join(project, name);
  await writeFile(file, code);
  // A port on which nothing listens.
  const env = { PATH: process.execPath, REDIS_URL: 'redis://127.0.0.1:1' };
  const { stdout } = await run(process.execPath, [file], { cwd: project, env });
  return stdout.trim();
}

const HIT_AND_MISS = `
import { createCache, createMemoryStore } from '@relay/cache';

const cache = createCache({ store: createMemoryStore(), keys: ['posts:id:{id}'] });
async function read() {
  const { bytes, outcome } = await cache.read({
    key: 'posts:id:1',
    ttlSeconds: 60,
    load: async () => 'loaded',
  });
  return outcome + ' ' + bytes.toString();
}
const first = await read();
const second = await read();
const result = await cache.invalidateCache('posts:*');
const removal = result.status === 'applied' ? 'applied ' + result.removed : result.error.message;
console.log([first, second, removal, await read()].join(', '));
await cache.close();
`;

const TYPED_CONSUMER = `
import { trace } from '@opentelemetry/api';
import {
  createCache, createMemoryStore, createRedisClient, createRedisStore, CacheStoreError,
  CacheUsageError, type BreakerState, type Cache, type CacheEvent, type CacheHealth,
  type CacheListener, type CacheOptions, type CacheRead, type CacheStats, type CacheStore,
  type Invalidation, type RedisClient, type RedisConnection,
} from '@relay/cache';
import { logCacheEvents } from '@relay/cache/logging';
import { openTelemetry } from '@relay/cache/opentelemetry';
import { cacheMetrics, redisConnectionMetrics } from '@relay/cache/prometheus';
import { Registry } from 'prom-client';

const keys = ['posts:all'] as const;
const connection: RedisConnection = { sentinels: [{ host: 'a', port: 1 }], name: 'm' };
const registry = new Registry();
const watch = redisConnectionMetrics({ registry });
const client: RedisClient = createRedisClient({ connection, onEvent: watch('cache') });
const store: CacheStore = Math.random() > 2 ? createRedisStore({ client }) : createMemoryStore();
const log = { info(_: object, text: string) { void text; }, warn(_: object, text: string) { void text; } };
const listener: CacheListener = (event: CacheEvent) => {
  if (event.type === 'bypass') { const { failure }: CacheStoreError = event.error; void failure; }
};
const options: CacheOptions = {
  store, keys, tracing: openTelemetry(trace.getTracer('mine')),
  listeners: [listener, logCacheEvents(log), cacheMetrics({ registry, keys })],
};
const cache: Cache = createCache(options);
const post: { id: number } | null = await cache.cacheAside({
  key: 'posts:all', ttlSeconds: 1, load: async () => (Math.random() > 2 ? null : { id: 1 }),
});
const read: CacheRead = await cache.read({ key: 'posts:all', ttlSeconds: 1, load: async () => 'x' });
const result: Invalidation = await cache.invalidateCache('posts:*');
const health: CacheHealth = await cache.health();
const stats: CacheStats = cache.stats();
const state: BreakerState = health.breaker;
// @ts-expect-error a load is needed
await cache.cacheAside({ key: 'posts:all', ttlSeconds: 1 });
export { post, read, result, stats, state, CacheUsageError };
`;
