import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import path from 'node:path';

import { findRedisServer, startRedis, type LocalRedis } from '@relay/dev-servers';
import { Redis } from 'ioredis';

import { UserError } from '../../../kit/cli.ts';
import { startContender, type ContenderProcess } from './contender-process.ts';
import { CONTENDERS, type ContenderEntry } from './contenders/contenders.ts';
import type { ProcessSetup } from './tasks.ts';

/** Shared by all workloads: one Redis, the contenders, and the length of a measurement. */
export interface Fixture {
  redis: LocalRedis;
  rounds: number;
  milliseconds: number;
  quick: boolean;
  contendersOf(tier: 'redis' | 'local'): ContenderEntry[];
  /** `contendersOf('redis')` without variants of pipelining and encoding. */
  oneOfEach(): ContenderEntry[];
  /** As `7.2.4`. */
  redisVersion: string;
  cpus: string;
  flush(): Promise<void>;
  /** Starts contenders, passes them to `use`, and ends them. */
  withContenders<T>(
    entries: readonly ContenderEntry[],
    setup: Partial<Omit<ProcessSetup, 'contender'>>,
    use: (processes: ContenderProcess[]) => Promise<T>,
  ): Promise<T>;
}

interface FixtureOptions {
  rounds: number;
  /** Parts of names; empty for all. */
  contenders: readonly string[];
  milliseconds: number;
  quick: boolean;
}

/** @throws UserError without a redis-server on the PATH */
export async function createFixture(
  { contenders, ...options }: FixtureOptions,
  started: AsyncDisposableStack,
): Promise<Fixture> {
  const binary = await findRedisServer();
  if (!binary) {
    throw new UserError('The benchmark needs a redis-server or valkey-server on the PATH.');
  }
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-bench-'));
  started.defer(() => rm(dir, { recursive: true, force: true }));
  const redis = await startRedis({ binary, dir });
  started.defer(() => redis.stop());
  const admin = new Redis(redis.url);
  started.defer(async () => admin.disconnect());
  const running = new Set<ContenderProcess>();
  started.defer(async () => {
    await Promise.all([...running].map((process) => process.stop()));
  });

  const chosen = CONTENDERS.filter(
    ({ name }) => contenders.length === 0 || contenders.some((part) => name.includes(part)),
  );
  const contendersOf = (tier: 'redis' | 'local') =>
    chosen.filter(({ tiers }) => tiers.includes(tier));

  return {
    ...options,
    redis,
    contendersOf,
    oneOfEach: () => contendersOf('redis').filter(({ form }) => form === 'object'),
    redisVersion: /redis_version:(\S+)/.exec(await admin.info('server'))?.[1] ?? 'unknown',
    cpus: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    async flush() {
      await admin.flushall();
    },
    async withContenders(entries, setup, use) {
      const processes: ContenderProcess[] = [];
      try {
        for (const { name } of entries) {
          const process = await startContender({
            redisUrl: redis.url,
            tier: 'redis',
            tagged: false,
            ...setup,
            contender: name,
          });
          running.add(process);
          processes.push(process);
        }
        return await use(processes);
      } finally {
        for (const process of processes) {
          await process.stop();
          running.delete(process);
        }
      }
    },
  };
}
