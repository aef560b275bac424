import { rm } from 'node:fs/promises';
import path from 'node:path';

import { DevServerError } from './errors.ts';
import { freePort, isPortFree } from './ports.ts';
import { becomesTrue } from './processes.ts';
import { startRedis, type LocalRedis } from './redis.ts';
import { redisCommand } from './resp.ts';
import type { TlsFiles } from './tls.ts';

const slotCount = 16_384;
/** Redis puts a node's cluster bus at its port plus this. */
const busOffset = 10_000;

type RedisClusterOptions = {
  binary: string;
  dir: string;
  masters: number;
  /** One replica for each master. Default: none. */
  hasReplicas?: boolean;
  /** Serve TLS too, and use it between the nodes. */
  tls?: TlsFiles;
  /** The silence after which a master counts as lost. Default 2,000. */
  nodeTimeoutMs?: number;
};

/**
 * A running Redis Cluster, all slots served. `nodes` are the masters, with `urls`, in the order of the
 * slots; `replicas` are theirs, in the same order.
 */
export type LocalRedisCluster = {
  urls: string[];
  nodes: LocalRedis[];
  replicas: LocalRedis[];
  stop(): Promise<void>;
};

/**
 * Starts a real Redis Cluster and resolves once every node reports it complete. For tests: it begins
 * empty each time, and ignores data in `dir`.
 *
 * @throws DevServerError when a node cannot start or the nodes do not agree within 20 s.
 */
export async function startRedisCluster(options: RedisClusterOptions): Promise<LocalRedisCluster> {
  const { masters, hasReplicas = false } = options;
  const starts = Array.from({ length: hasReplicas ? masters * 2 : masters }, (_, index) =>
    startNode(options, index),
  );
  const settled = await Promise.allSettled(starts);
  const started = settled.flatMap((start) => (start.status === 'fulfilled' ? [start.value] : []));
  const stop = async () => {
    await Promise.all(started.map((node) => node.stop()));
  };
  const [nodes, replicas] = [started.slice(0, masters), started.slice(masters)];
  try {
    await Promise.all(starts);
    await join(nodes, replicas);
  } catch (error) {
    await stop();
    throw error;
  }
  return { urls: nodes.map(({ url }) => url), nodes, replicas, stop };
}

async function startNode(
  { binary, dir: parent, tls, nodeTimeoutMs = 2000 }: RedisClusterOptions,
  index: number,
): Promise<LocalRedis> {
  const dir = path.join(parent, `node-${index + 1}`);
  // The ports of an earlier run's nodes.conf may be in use by others. The lock and the pid file stay.
  await rm(path.join(dir, 'nodes.conf'), { force: true });
  const clusterArgs = ['--cluster-enabled', 'yes', '--cluster-node-timeout', String(nodeTimeoutMs)];
  // A master otherwise waits 5 s for more replicas that might come.
  const replicationArgs = ['--repl-diskless-sync-delay', '0'];
  const tlsArgs = tls ? ['--tls-cluster', 'yes', '--tls-replication', 'yes'] : [];
  return startRedis({
    binary,
    dir,
    port: await freeClusterPort(),
    extraArgs: [...clusterArgs, ...replicationArgs, ...tlsArgs],
    ...(tls && { tls }),
  });
}

async function freeClusterPort(): Promise<number> {
  for (;;) {
    // Below the range that systems give to outgoing connections, so that the bus port exists and stays free.
    const port = await freePort(12_000 + Math.floor(Math.random() * 8000));
    if (port + busOffset < 65_536 && (await isPortFree(port + busOffset))) return port;
  }
}

async function join(masters: LocalRedis[], replicas: LocalRedis[]): Promise<void> {
  const share = slotCount / masters.length;
  const all = [...masters, ...replicas];
  await Promise.all(
    all.map(async ({ port }, index) => {
      // Distinct epochs: equal ones would need an election.
      await redisCommand(port, ['CLUSTER', 'SET-CONFIG-EPOCH', String(index + 1)]);
      if (index < masters.length) {
        const first = Math.round(share * index);
        const end = Math.round(share * (index + 1));
        const slots = Array.from({ length: end - first }, (_, offset) => String(first + offset));
        await redisCommand(port, ['CLUSTER', 'ADDSLOTS', ...slots]);
      }
      for (const other of all) {
        if (other.port === port) continue;
        const otherPort = String(other.tlsPort ?? other.port);
        await redisCommand(port, ['CLUSTER', 'MEET', '127.0.0.1', otherPort]);
      }
    }),
  );
  const whole = async () => (await Promise.all(all.map(isWhole))).every(Boolean);
  await within20s(whole, 'The Redis Cluster did not come together within 20 s.');

  for (const [index, replica] of replicas.entries()) {
    const id = String(await redisCommand(masters[index]!.port, ['CLUSTER', 'MYID']));
    await redisCommand(replica.port, ['CLUSTER', 'REPLICATE', id]);
  }
  const copied = async () => (await Promise.all(replicas.map(isInSync))).every(Boolean);
  await within20s(copied, "The Redis Cluster's replicas did not reach their masters within 20 s.");

  async function isWhole({ port }: LocalRedis): Promise<boolean> {
    const info = String(await redisCommand(port, ['CLUSTER', 'INFO']));
    return (
      info.includes('cluster_state:ok') &&
      info.includes(`cluster_slots_ok:${slotCount}`) &&
      info.includes(`cluster_known_nodes:${all.length}`)
    );
  }
}

async function isInSync({ port }: LocalRedis): Promise<boolean> {
  const info = String(await redisCommand(port, ['INFO', 'replication']));
  return info.includes('role:slave') && info.includes('master_link_status:up');
}

async function within20s(condition: () => Promise<boolean>, failure: string): Promise<void> {
  if (await becomesTrue(condition, { timeoutMs: 20_000, intervalMs: 50 })) return;
  throw new DevServerError(failure);
}
