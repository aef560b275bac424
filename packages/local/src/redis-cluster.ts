import { rm } from 'node:fs/promises';
import path from 'node:path';

import { LocalServiceError } from './errors.ts';
import { freePort, isPortFree } from './ports.ts';
import { eventually } from './processes.ts';
import { startRedis, type LocalRedis } from './redis.ts';
import { redisCommand } from './resp.ts';

const slotCount = 16_384;
/** Redis puts a node's cluster bus at its port plus this. */
const busOffset = 10_000;

/** A running Redis Cluster of masters only, all slots served. `urls` are in the order of the slots. */
export type LocalRedisCluster = { urls: string[]; nodes: LocalRedis[]; stop(): Promise<void> };

/**
 * Starts a real Redis Cluster and answers when every node reports it whole. For tests: it begins empty each
 * time, whatever lies in `dir`.
 *
 * @throws LocalServiceError when a node cannot start or the nodes do not agree within 20 s.
 */
export async function startRedisCluster({
  binary,
  dir,
  masters,
}: {
  binary: string;
  dir: string;
  masters: number;
}): Promise<LocalRedisCluster> {
  const starts = Array.from({ length: masters }, (_, index) =>
    startNode(binary, path.join(dir, `node-${index + 1}`)),
  );
  const settled = await Promise.allSettled(starts);
  const nodes = settled.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
  };
  try {
    await Promise.all(starts);
    await join(nodes);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map(({ url }) => url), nodes, stop };
}

async function startNode(binary: string, dir: string): Promise<LocalRedis> {
  // An earlier run's nodes.conf names ports that are others' by now. The lock and the pid file stay.
  await rm(path.join(dir, 'nodes.conf'), { force: true });
  const extraArgs = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  return startRedis({ binary, dir, port: await freeClusterPort(), extraArgs });
}

async function freeClusterPort(): Promise<number> {
  for (;;) {
    // Below the range that systems give to outgoing connections, so that the bus port exists and stays free.
    const port = await freePort(12_000 + Math.floor(Math.random() * 8000));
    if (port + busOffset < 65_536 && (await isPortFree(port + busOffset))) return port;
  }
}

async function join(nodes: LocalRedis[]): Promise<void> {
  const share = slotCount / nodes.length;
  await Promise.all(
    nodes.map(async ({ port }, index) => {
      const first = Math.round(share * index);
      const end = Math.round(share * (index + 1));
      const slots = Array.from({ length: end - first }, (_, offset) => String(first + offset));
      // Distinct epochs spare the nodes the election that would settle equal ones.
      await redisCommand(port, ['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)]);
      await redisCommand(port, ['CLUSTER', 'ADDSLOTS', ...slots]);
      for (const other of nodes) {
        if (other.port === port) continue;
        await redisCommand(port, ['CLUSTER', 'MEET', '127.0.0.1', String(other.port)]);
      }
    }),
  );
  const whole = async () =>
    (await Promise.all(nodes.map(({ port }) => isWhole(port)))).every(Boolean);
  if (await eventually(whole, { timeoutMs: 20_000, intervalMs: 50 })) return;
  throw new LocalServiceError('The Redis Cluster did not come together within 20 s.');

  async function isWhole(port: number): Promise<boolean> {
    const info = String(await redisCommand(port, ['CLUSTER', 'INFO']));
    return (
      info.includes('cluster_state:ok') &&
      info.includes(`cluster_slots_ok:${slotCount}`) &&
      info.includes(`cluster_known_nodes:${nodes.length}`)
    );
  }
}
