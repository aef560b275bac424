import path from 'node:path';

import {
  freePort,
  startRedis,
  startRedisCluster,
  type LocalRedisCluster,
} from '@relay/dev-servers';
import { afterAll, inject } from 'vitest';

const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(() => Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp())));

/** A cluster of three masters that may be killed, and started again with the slots it had. */
export async function startOwnCluster(): Promise<LocalRedisCluster & { restart(): Promise<void> }> {
  const binary = inject('redisServer')!;
  const dir = path.join(inject('testFolder'), `own-cluster-${await freePort()}`);
  const cluster = await startRedisCluster({ binary, dir, masters: 3 });
  cleanUps.push(cluster.stop);
  async function restart() {
    const starts = cluster.nodes.map(({ port }, index) =>
      startRedis({
        binary,
        port,
        dir: path.join(dir, `node-${index + 1}`),
        extraArgs: ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'],
      }),
    );
    const nodes = await Promise.all(starts);
    cleanUps.push(...nodes.map((node) => node.stop));
  }
  return { ...cluster, restart };
}
