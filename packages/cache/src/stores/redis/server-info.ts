import type { StoreInfo } from '../../protocol/store.ts';
import type { ServerLike } from './redis-like.ts';

/** One field of an INFO reply; `undefined` if it is missing. */
export function infoField(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:([^\r\n]*)`, 'm').exec(info)?.[1];
}

export async function readStoreInfo(masters: readonly ServerLike[]): Promise<StoreInfo> {
  const infos = await Promise.all(masters.map(readServer));
  return infos.reduce(add);
}

async function readServer(server: ServerLike): Promise<StoreInfo> {
  const [keyCount, memory] = await Promise.all([server.dbsize(), server.info('memory')]);
  return {
    keyCount,
    usedMemoryBytes: Number(infoField(memory, 'used_memory') ?? 0),
    maxMemoryBytes: Number(infoField(memory, 'maxmemory') ?? 0) || null,
  };
}

function add(a: StoreInfo, b: StoreInfo): StoreInfo {
  const bounded = a.maxMemoryBytes !== null && b.maxMemoryBytes !== null;
  return {
    keyCount: a.keyCount + b.keyCount,
    usedMemoryBytes: a.usedMemoryBytes + b.usedMemoryBytes,
    maxMemoryBytes: bounded ? a.maxMemoryBytes! + b.maxMemoryBytes! : null,
  };
}
