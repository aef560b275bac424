import { eventually } from '../../../tools/kit/wait.ts';
import type { Stores } from './stores.ts';

const PODS = Array.from({ length: 6 }, (_, index) => `redis-cluster-${index}`);
const SOON = { withinMs: 60_000, everyMs: 500 };

export interface ClusterNode {
  id: string;
  /** The name of its pod. */
  pod: string;
  role: 'master' | 'replica';
  /** Ranges, such as `0-5460`. Empty: it serves none. */
  slots: string[];
}

/** Three masters with a replica each. */
export interface RedisCluster {
  nodes(): Promise<ClusterNode[]>;
  /** Deletes a master's pod with its data, and waits until a replica serves its slots. */
  failOver(master: ClusterNode): Promise<void>;
  /** Adds the pod that replaces a lost one as a replica. */
  replace(lost: ClusterNode): Promise<void>;
  /** Moves a master's slots to the others and removes the master from the cluster. */
  removeMaster(node: ClusterNode): Promise<void>;
  /** Waits until the nodes agree that every slot is served. */
  settled(): Promise<unknown>;
}

export async function createRedisCluster(stores: Stores): Promise<RedisCluster> {
  const { exec, kubectl } = stores;
  // The password is in the pod's environment, and in no command line.
  const script =
    'REDISCLI_AUTH=$PASSWORD exec redis-cli --tls --cacert /tls/ca.crt --user replication "$@"';
  const cli = (pod: string, ...args: string[]) => exec(pod, 'sh', '-c', script, 'sh', ...args);

  const members = new Set(PODS);
  const anyMemberPod = (): string => [...members][0]!;

  /** By its address: redis-cli passes it on to other nodes, which would take `localhost` for themselves. */
  async function endpoint(pod: string): Promise<string> {
    const address = await kubectl('get', 'pod', pod, '--output=jsonpath={.status.podIP}');
    return `${address}:6379`;
  }

  /** The answer of the first member that has one. */
  async function anyMember(call: (pod: string) => Promise<string>): Promise<string> {
    for (const pod of members) {
      const answer = await call(pod).catch(() => undefined);
      if (answer !== undefined) return answer;
    }
    throw new Error('no node of the Redis Cluster answers');
  }

  async function nodes(): Promise<ClusterNode[]> {
    const text = await anyMember((pod) => cli(pod, 'cluster', 'nodes'));
    return text
      .split('\n')
      .filter((line) => line !== '' && !/noaddr|handshake|fail\b/.test(line))
      .map(parseNode);
  }

  /** Passes if all nodes agree on the slots, all slots are served, and no slot is in motion. */
  const check = () => anyMember((pod) => cli(pod, '--cluster', 'check', 'localhost:6379'));

  async function assertServed(lostId: string): Promise<void> {
    const info = await anyMember((pod) => cli(pod, 'cluster', 'info'));
    const isServing = ({ id, slots }: ClusterNode) => id !== lostId && slots.length > 0;
    const masters = (await nodes()).filter(isServing);
    if (!info.includes('cluster_state:ok') || masters.length < 3) {
      throw new Error(`${masters.length} masters serve slots`);
    }
  }

  const settled = () => eventually('the nodes of the Redis Cluster agree', check, SOON);

  await stores.apply('redis-cluster');
  await kubectl('rollout', 'status', 'statefulset/redis-cluster', '--timeout=120s');
  const endpoints = await Promise.all(PODS.map(endpoint));
  const replicas = ['--cluster-replicas', '1'];
  await cli(PODS[0]!, '--cluster', 'create', ...endpoints, ...replicas, '--cluster-yes');
  await settled();

  return {
    nodes,
    settled,
    async failOver({ id, pod }) {
      members.delete(pod);
      await kubectl('delete', 'pod', pod, '--force', '--grace-period=0');
      await eventually('a replica serves the slots of the master', () => assertServed(id), SOON);
    },
    async replace({ id, pod }) {
      for (const member of members) await cli(member, 'cluster', 'forget', id);
      await kubectl('wait', '--for=condition=ready', `pod/${pod}`, '--timeout=60s');
      const entry = anyMemberPod();
      const endpoints = [await endpoint(pod), await endpoint(entry)];
      await cli(entry, '--cluster', 'add-node', ...endpoints, '--cluster-slave');
      members.add(pod);
      await settled();
    },
    async removeMaster({ id, pod }) {
      members.delete(pod);
      const other = anyMemberPod();
      const entry = await endpoint(other);
      await cli(other, '--cluster', 'rebalance', entry, '--cluster-weight', `${id}=0`);
      await cli(other, '--cluster', 'del-node', entry, id);
    },
  };
}

/** @param line of CLUSTER NODES: id, address with the announced name, flags, …, slots */
function parseNode(line: string): ClusterNode {
  const [id, address, flags, , , , , , ...slots] = line.split(' ');
  const [, name = ''] = address!.split(',');
  return {
    id: id!,
    pod: name.split('.')[0]!,
    role: flags!.includes('master') ? 'master' : 'replica',
    // In brackets: a slot in motion.
    slots: slots.filter((slot) => !slot.startsWith('[')),
  };
}
