import { relay } from '../../cluster/support/cluster.ts';
import { redisCli, removeKeys } from '../../cluster/support/stores.ts';

/** Entries that nobody reads. */
interface Filler {
  write(entries: number): Promise<void>;
  /** How many fit until so much of maxmemory is used. */
  roomUntil(share: number): Promise<number>;
}

const PREFIX = 'drill:';
/** With what Redis keeps beside it, as much as its allocator has a size for: 96 KiB. */
const VALUE_BYTES = 98_000;
const ENTRY_BYTES = 98_400;

/** Fills Redis; what it wrote is removed when that is healed. */
export function fillRedis(healing: AsyncDisposableStack): Filler {
  let written = 0;
  healing.defer(() => removeKeys(relay, `${PREFIX}*`));
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
