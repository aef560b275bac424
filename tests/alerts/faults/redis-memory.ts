import { relay } from '../../cluster/support/cluster.ts';
import { redisCli, removeKeys } from '../../cluster/support/stores.ts';

/** Writes entries that are never read. */
interface Filler {
  write(entries: number): Promise<void>;
  /** The number of entries until `share` of maxmemory is used. */
  roomUntil(share: number): Promise<number>;
}

const PREFIX = 'drill:';
/** With the overhead of a key, just under a size class of the allocator: 96 KiB. */
const VALUE_BYTES = 98_000;
const ENTRY_BYTES = 98_400;

/** The recovery deletes the entries. */
export function fillRedis(recovery: AsyncDisposableStack): Filler {
  let written = 0;
  recovery.defer(() => removeKeys(relay, `${PREFIX}*`));
  return {
    async write(entries) {
      const numbers = `$(seq ${written + 1} ${written + entries})`;
      written += entries;
      const commands = `for i in ${numbers}; do echo SETRANGE ${PREFIX}$i ${VALUE_BYTES} x; done`;
      await relay.exec('relay-redis-0', 'sh', '-c', `${commands} | redis-cli -e`);
    },
    async roomUntil(share) {
      const memory = await redisCli(relay, 'INFO', 'memory');
      const field = (name: string) => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(memory)![1]);
      const room = share * field('maxmemory') - field('used_memory');
      return Math.max(0, Math.floor(room / ENTRY_BYTES));
    },
  };
}
