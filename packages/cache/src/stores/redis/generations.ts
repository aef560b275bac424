import { HEARTBEAT_KEY } from './key-names.ts';
import { keySlot } from './key-slot.ts';
import { isCluster, mastersOf, type RedisStoreClient, type ServerLike } from './redis-like.ts';
import { infoField } from './server-info.ts';
import { watchServer, type ServerWatch } from './server-watch.ts';

/**
 * The incarnations of the servers that answer now. Entries of others are void: their servers were
 * restarted, failed over or restored, and may have lost removals.
 */
export interface Generations {
  /**
   * The prefix of the stamp of a valid entry. `undefined` while the server that has the key may not be trusted.
   *
   * @param key with the client's prefix
   */
  liveFor(key: string): string | undefined;
  clockAheadMs(): number;
  /** Queries every master. Rejects if one does not answer, or would refuse writes. */
  check(): Promise<void>;
  onReplaced(listener: () => void): () => void;
  stop(): void;
}

export interface GenerationsOptions {
  client: RedisStoreClient;
  /** Between two probes of each master. */
  heartbeatMs: number;
  now: () => number;
}

/** In heartbeats. */
const SILENCE = 5;

export function createGenerations({ client, heartbeatMs, now }: GenerationsOptions): Generations {
  const watches = new Map<ServerLike, ServerWatch>();
  const byAddress = new Map<string, ServerWatch>();
  const lastAt = new Map<string, string>();
  const listeners = new Set<() => void>();
  const cluster = isCluster(client) ? client : undefined;
  // A shard that is new to a Cluster may be a replica that has taken over.
  let complete = !cluster;

  function onGeneration(address: string, generation: string): void {
    const last = lastAt.get(address);
    if (last === generation) return;
    lastAt.set(address, generation);
    if (last === undefined && (!complete || lastAt.size === 1)) return;
    for (const listener of listeners) listener();
  }

  function watch(server: ServerLike): ServerWatch {
    const known = watches.get(server);
    if (known) return known;
    const address = cluster ? addressOf(server) : '';
    const added = watchServer({
      server,
      now,
      silenceMs: heartbeatMs * SILENCE,
      heartbeat: cluster
        ? () => assertClusterUp(server)
        : () => server.set(HEARTBEAT_KEY, '1', 'PX', heartbeatMs * SILENCE),
      onGeneration: (generation) => onGeneration(address, generation),
    });
    watches.set(server, added);
    byAddress.set(address, added);
    return added;
  }

  /** Follows the masters of a Cluster. Never throws: ioredis drops a node as its connection ends, down to the last. */
  function follow(): ServerWatch[] {
    const masters = cluster?.status === 'ready' ? cluster.nodes('master') : [];
    for (const [server, gone] of watches) {
      if (masters.includes(server)) continue;
      gone.stop();
      watches.delete(server);
      if (byAddress.get(addressOf(server)) === gone) byAddress.delete(addressOf(server));
    }
    return masters.map(watch);
  }

  function beat(): void {
    if (cluster) follow();
    for (const { beat } of watches.values()) beat();
  }

  async function check(): Promise<void> {
    if (cluster) mastersOf(cluster);
    const all = cluster ? follow() : [...watches.values()];
    await Promise.all(all.map((each) => each.check()));
    complete = true;
  }

  const single = cluster ? undefined : watch(client as ServerLike);
  const followChange = (): void => void follow();
  for (const event of cluster ? CLUSTER_CHANGES : []) client.on(event, followChange);
  const timer = setInterval(beat, heartbeatMs);
  timer.unref();

  return {
    liveFor(key) {
      if (single) return single.live;
      const address = cluster?.slots[keySlot(key)]?.[0];
      return address === undefined ? undefined : byAddress.get(address)?.live;
    },
    clockAheadMs() {
      const [first] = watches.values();
      return first?.clockAheadMs ?? 0;
    },
    check,
    onReplaced(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    stop() {
      clearInterval(timer);
      for (const event of CLUSTER_CHANGES) client.off(event, followChange);
      for (const each of watches.values()) each.stop();
      listeners.clear();
    },
  };
}

const CLUSTER_CHANGES = ['ready', '+node', '-node'] as const;

/** A node answers PING and INFO while it refuses every key: slots are not served, or it has lost the majority. */
async function assertClusterUp(server: ServerLike): Promise<void> {
  const state = infoField(String(await server.cluster('INFO')), 'cluster_state');
  if (state === 'fail') throw new Error('CLUSTERDOWN The cluster is down');
}

function addressOf({ options: { host, port } }: ServerLike): string {
  return `${host}:${port}`;
}
