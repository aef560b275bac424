import { readFileSync } from 'node:fs';

import type { RedisStoreClient } from './redis-like.ts';

type Arg = string | number | Uint8Array;

/** The scripts, each a command of the client. The first argument is the number of keys. */
export interface Scripts {
  relayLeaseBuffer(keys: number, ...args: Arg[]): Promise<(Buffer | null)[]>;
  relayEnsureEpoch(keys: number, ...args: Arg[]): Promise<string | null>;
  relayProlongEpoch(keys: number, ...args: Arg[]): Promise<number>;
  relayExtend(keys: number, ...args: Arg[]): Promise<number>;
  relayRelease(keys: number, ...args: Arg[]): Promise<number>;
  relayFill(keys: number, ...args: Arg[]): Promise<number>;
  relayLeaseRefresh(keys: number, ...args: Arg[]): Promise<string | null>;
  relayDiscard(keys: number, ...args: Arg[]): Promise<number>;
  relayFence(keys: number, ...args: Arg[]): Promise<string>;
  relayLift(keys: number, ...args: Arg[]): Promise<[number, number]>;
  relayInvalidate(keys: number, ...args: Arg[]): Promise<number>;
}

/** Each command with its file, after the files it is built on. */
const FILES: Record<string, string[]> = {
  relayLease: ['prelude', 'fences', 'epochs', 'lease'],
  relayEnsureEpoch: ['prelude', 'fences', 'epochs', 'ensure-epoch'],
  relayProlongEpoch: ['prelude', 'fences', 'epochs', 'prolong-epoch'],
  relayExtend: ['prelude', 'extend'],
  relayRelease: ['prelude', 'release'],
  relayFill: ['prelude', 'fences', 'epochs', 'entry', 'fill'],
  relayLeaseRefresh: ['prelude', 'fences', 'epochs', 'lease-refresh'],
  relayDiscard: ['prelude', 'discard'],
  relayFence: ['prelude', 'fences', 'fence'],
  relayLift: ['prelude', 'fences', 'entry', 'lift'],
  relayInvalidate: ['prelude', 'fences', 'invalidate'],
};

export function defineScripts(client: RedisStoreClient): Scripts {
  for (const [command, files] of Object.entries(FILES)) {
    client.defineCommand(command, { lua: files.map(readScript).join('\n') });
  }
  return client as unknown as Scripts;
}

function readScript(name: string): string {
  return readFileSync(new URL(`./scripts/${name}.lua`, import.meta.url), 'utf8');
}
