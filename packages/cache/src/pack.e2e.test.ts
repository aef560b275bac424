import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { createDatabase, findRedisServer, startPostgres, startRedis } from '@relay/dev-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import {
  createProject,
  pack,
  packageRoot,
  versionOf,
  type Packed,
  type Project,
} from './testing/packed-package.ts';
import { readmePrograms } from './testing/readme.ts';
import { TYPED_CONSUMER } from './testing/typed-consumer.ts';

const readme = await readFile(path.join(packageRoot, 'README.md'), 'utf8');
const programs = readmePrograms(readme);
const withoutPeers = programs.find(({ code }) => code.includes('square:{n}'))!;
const first = programs[0]!;
const redisServer = await findRedisServer();

let work: string;
let packed: Packed;
/** ES modules, ioredis 6. */
let modern: Project;
/** `npm init -y`, which chooses CommonJS, and ioredis 5. */
let classic: Project;
/** Nothing but the package. */
let bare: Project;
let node22: string;

const clean: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'relay-pack-'));
  clean.push(() => rm(work, { recursive: true, force: true }));
  packed = await pack(work);
  const peers = ['prom-client', '@opentelemetry/api', 'knex', 'pg', 'koa', '@types/koa'];
  const shared = await Promise.all(
    [...peers, '@types/node', '@types/pg'].map(async (name) => `${name}@${await versionOf(name)}`),
  );
  const install = (name: string, manifest: object | 'npm init', ...more: string[]) =>
    createProject(path.join(work, name), manifest, [packed.file, ...more]);
  [modern, classic, bare] = await Promise.all([
    install('modern', { type: 'module' }, ...shared, 'ioredis@6'),
    install('classic', 'npm init', ...shared, 'ioredis@5', 'node@22'),
    install('bare', { type: 'module' }),
  ]);
  node22 = path.join(classic.folder, 'node_modules/node/bin/node');
});

afterAll(async () => {
  for (const end of clean.toReversed()) await end();
});

describe('the packed @relay/cache', () => {
  it('holds the emitted code, README and licence, no tests, no sources and no maps', () => {
    const { paths } = packed;
    expect(paths).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts']));
    expect(paths).toContain('dist/stores/redis/scripts/fill.lua');
    const others = paths.filter(
      (file) => !/^dist\/([a-z-]+\/)*[a-z-]+\.(js|d\.ts|lua)$/.test(file),
    );
    expect(others.toSorted()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(paths.filter((file) => /test\.|contract|packed|\.map$/.test(file))).toEqual([]);
  });

  it('names its runtime and its optional peers, and depends on nothing', async () => {
    const file = path.join(bare.folder, 'node_modules/@relay/cache/package.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      engines: { node: '>=22.12' },
      sideEffects: false,
      exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
      peerDependencies: { ioredis: '^5.4.0 || ^6.0.0' },
      peerDependenciesMeta: {
        ioredis: { optional: true },
        'prom-client': { optional: true },
        '@opentelemetry/api': { optional: true },
      },
    });
    for (const absent of ['private', 'dependencies', 'devDependencies']) {
      expect(manifest).not.toHaveProperty(absent);
    }
  });

  it('exports the same names as the sources, under every subpath', async () => {
    const manifest = await readFile(path.join(packageRoot, 'package.json'), 'utf8');
    const { exports } = JSON.parse(manifest) as { exports: Record<string, string> };
    const expected: Record<string, string[]> = {};
    for (const [subpath, file] of Object.entries(exports)) {
      const source = (await import(path.join(packageRoot, file))) as object;
      expected[path.posix.join('@relay/cache', subpath)] = Object.keys(source).toSorted();
    }
    const code = `
      const names = {};
      for (const name of ${JSON.stringify(Object.keys(expected))}) {
        names[name] = Object.keys(await import(name)).sort();
      }
      console.log(JSON.stringify(names));`;
    expect(JSON.parse(await modern.run('names.mjs', code))).toEqual(expected);
    expect(JSON.parse(await classic.run('names.mjs', code, {}, node22))).toEqual(expected);
  });

  it('loads without any peer, and misses and hits', async () => {
    const names = ['', '/memory', '/outbox', '/koa', '/logging', '/check', '/testing'];
    const imports = names.map((name) => `import '@relay/cache${name}';\n`).join('');
    expect(await bare.run('bare.mts', imports + withoutPeers.code)).toBe(withoutPeers.prints);
  });

  it.each(['Node 22', 'Node 24'])('can be required by CommonJS on %s', async (version) => {
    const code = `
      const { createCache, createMemoryStore } = require('@relay/cache');
      const cache = createCache({ store: createMemoryStore(), keys: [] });
      cache.cacheAside({ key: 'a', load: async () => 1 }).then(console.log);
      cache.close();`;
    const node = version === 'Node 22' ? node22 : process.execPath;
    expect(await classic.run('required.cjs', code, {}, node)).toBe('1');
  });

  it('serves from the loader and reports a failed invalidation where there is no Redis', async () => {
    const env = { REDIS_URL: 'redis://127.0.0.1:1' };
    const output = await modern.run('without-redis.mts', first.code, env);
    expect(output).toBe(first.prints.replace(', 1, applied', ', 0, failed'));
  });

  it.each(['ioredis 6', 'ioredis 5'])(
    'has types that stand up to a strict consumer, with %s',
    async (version) => {
      const project = version === 'ioredis 6' ? modern : classic;
      const code = [...programs.map((program) => program.code), TYPED_CONSUMER];
      expect(await project.check(code, '--skipLibCheck', 'true')).toBe('');
    },
  );

  it('has declarations that stand up to a consumer who checks libraries too', async () => {
    expect(await modern.check([TYPED_CONSUMER], '--skipLibCheck', 'false')).toBe('');
  });
});

describe.skipIf(redisServer === undefined)('the README', () => {
  let redisUrl: string;
  let postgresUrl: string;
  let databases = 0;

  beforeAll(async () => {
    const [redis, postgres] = await Promise.all([
      startRedis({ binary: redisServer!, dir: path.join(work, 'redis') }),
      startPostgres({ dataDir: path.join(work, 'postgres'), settings: { fsync: 'off' } }),
    ]);
    clean.push(redis.stop, postgres.stop);
    [redisUrl, postgresUrl] = [redis.url, postgres.url];
  });

  /** A logical database of Redis and a database of Postgres that nothing has used. */
  async function emptyStores(redis: string): Promise<Record<string, string>> {
    databases += 1;
    const database = await createDatabase(postgresUrl, `readme_${databases}`);
    return { REDIS_URL: `${redis}/${databases}`, DATABASE_URL: database };
  }

  it('has a program for each part of the package', () => expect(programs).toHaveLength(5));

  it.each([
    ['ioredis 6', 'Node 24'],
    ['ioredis 6', 'Node 22'],
    ['ioredis 5', 'Node 24'],
    ['ioredis 5', 'Node 22'],
    // On a busy machine, connecting may take longer than the deadline of the first read.
  ])(
    'has a README with programs that print their documented output, with %s on %s',
    { retry: 2 },
    async (client, version) => {
      const project = client === 'ioredis 6' ? modern : classic;
      const node = version === 'Node 22' ? node22 : process.execPath;
      for (const [index, { code, prints }] of programs.entries()) {
        const env = code.includes('REDIS_URL') ? await emptyStores(redisUrl) : {};
        expect(await project.run(`readme-${index}.mts`, code, env, node)).toBe(prints);
      }
    },
  );

  it('grants permissions that are enough', { retry: 2 }, async () => {
    const rule = /^ACL SETUSER (.*)$/m.exec(readme)![1]!.replace('>password', '>secret');
    const admin = `
      import { Redis } from 'ioredis';
      const redis = new Redis(process.env.REDIS_URL);
      console.log(await redis.acl('SETUSER', ...${JSON.stringify(rule.split(' '))}));
      redis.disconnect();`;
    expect(await modern.run('acl.mjs', admin, { REDIS_URL: redisUrl })).toBe('OK');
    const env = await emptyStores(redisUrl.replace('//', '//cache:secret@'));
    for (const { code, prints } of programs.slice(0, 2)) {
      expect(await modern.run('permitted.mts', code, env)).toBe(prints);
    }
  });
});
