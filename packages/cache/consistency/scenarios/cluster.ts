import type { Scenario } from '../scenario.ts';
import { sendCommand } from '../servers.ts';

/** Moves the slots of some hot keys to another master, key by key, as `redis-cli --cluster reshard` does. */
export const slotMigration: Scenario = {
  name: 'slot-migration',
  title: 'slots of a Cluster move',
  modes: ['available', 'strict'],
  isInShortForm: false,
  redis: 'cluster',
  async run({ clusterPorts, registers, rest, wait, rounds }) {
    const nodes = await Promise.all(
      clusterPorts.map(async (port) => ({
        port,
        id: String(await sendCommand(port, ['CLUSTER', 'MYID'])),
      })),
    );
    await rest(400);
    for (let round = 0; round < 2 * rounds; round += 1) {
      const key = `entity:${registers.base + (round % registers.entities)}`;
      const slot = String(await sendCommand(nodes[0]!.port, ['CLUSTER', 'KEYSLOT', key]));
      const owner = await ownerOf(slot, nodes);
      const receiver = nodes[(nodes.indexOf(owner) + 1) % nodes.length]!;
      await sendCommand(receiver.port, ['CLUSTER', 'SETSLOT', slot, 'IMPORTING', owner.id]);
      await sendCommand(owner.port, ['CLUSTER', 'SETSLOT', slot, 'MIGRATING', receiver.id]);
      // Long enough for reads and writes of keys that are on one side only.
      await wait(500);
      await moveKeys(owner.port, receiver.port, slot);
      await wait(200);
      await moveKeys(owner.port, receiver.port, slot);
      for (const { port } of [receiver, owner, ...nodes]) {
        await sendCommand(port, ['CLUSTER', 'SETSLOT', slot, 'NODE', receiver.id]);
      }
      await rest(300);
    }
  },
};

interface Node {
  port: number;
  id: string;
}

async function ownerOf(slot: string, nodes: readonly Node[]): Promise<Node> {
  for (const node of nodes) {
    const info = String(await sendCommand(node.port, ['CLUSTER', 'NODES']));
    const own = info.split('\n').find((line) => line.includes('myself')) ?? '';
    const ranges = own
      .split(' ')
      .slice(8)
      .map((range) => range.split('-').map(Number));
    const isOwner = ranges.some(
      ([first, last]) => Number(slot) >= first! && Number(slot) <= (last ?? first)!,
    );
    if (isOwner) return node;
  }
  throw new Error(`no master has slot ${slot}`);
}

async function moveKeys(from: number, to: number, slot: string): Promise<void> {
  const keys = (await sendCommand(from, ['CLUSTER', 'GETKEYSINSLOT', slot, '1000'])) as string[];
  if (keys.length === 0) return;
  const target = ['127.0.0.1', String(to), '', '0', '1000', 'REPLACE', 'KEYS'];
  await sendCommand(from, ['MIGRATE', ...target, ...keys]);
}
