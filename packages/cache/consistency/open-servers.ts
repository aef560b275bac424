import path from 'node:path';

import type { PodSettings } from './messages.ts';
import { openLink, type Link } from './proxy.ts';
import type { Scenario } from './scenario.ts';
import { startServer, startServers, type Server } from './servers.ts';

/** The Redis of one scenario, and the connections to it. */
export interface Servers {
  server: Server | undefined;
  replica: Server | undefined;
  replicaLink: Link | undefined;
  clusterPorts: readonly number[];
  links: readonly Link[];
  addressOf(pod: number): PodSettings['redis'];
  close(): Promise<void>;
}

export async function openServers(
  { redis = 'rdb', isLinked = false }: Scenario,
  folder: string,
  pods: number,
): Promise<Servers> {
  if (redis === 'cluster') return openCluster(folder);
  const persistence = redis === 'aof' ? 'aof' : 'rdb';
  const server = await startServer({ dir: path.join(folder, 'redis'), persistence });
  const replication = redis === 'replicated' ? await openReplica(server, folder) : undefined;
  const links = isLinked
    ? await Promise.all(Array.from({ length: pods }, () => openLink(server.port)))
    : [];
  return {
    server,
    replica: replication?.replica,
    replicaLink: replication?.replicaLink,
    clusterPorts: [],
    links,
    addressOf: (pod) => ({ port: links[pod]?.port ?? server.port }),
    async close() {
      await Promise.all(links.map((link) => link.close()));
      await replication?.replicaLink.close();
      await replication?.replica.stop();
      await server.stop();
    },
  };
}

async function openCluster(folder: string): Promise<Servers> {
  const { ports, stop } = await startServers(path.join(folder, 'cluster'));
  return {
    server: undefined,
    replica: undefined,
    replicaLink: undefined,
    clusterPorts: ports,
    links: [],
    addressOf: () => ({ clusterPorts: ports }),
    close: stop,
  };
}

async function openReplica(
  server: Server,
  folder: string,
): Promise<{ replica: Server; replicaLink: Link }> {
  const replicaLink = await openLink(server.port);
  const replica = await startServer({ dir: path.join(folder, 'replica'), persistence: 'rdb' });
  await replica.command('REPLICAOF', '127.0.0.1', String(replicaLink.port));
  for (;;) {
    const replication = String(await replica.command('INFO', 'replication'));
    if (replication.includes('master_link_status:up')) return { replica, replicaLink };
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
