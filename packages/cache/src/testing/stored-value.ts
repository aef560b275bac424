import type { CacheStore, EntryAddress, Lease, NewValue } from '../protocol/store.ts';

export function textValue(text: string, more: Partial<NewValue> = {}): NewValue {
  return { bytes: Buffer.from(text), ttlMs: 300_000, graceMs: 0, loadMs: 5, codec: '1', ...more };
}

/** Takes a lease, or throws. */
export async function takeLease(store: CacheStore, address: EntryAddress): Promise<Lease> {
  const result = await store.lease(address, crypto.randomUUID(), 60_000);
  if (result.state !== 'granted') throw new Error(`the lease was not granted: ${result.state}`);
  return result.lease;
}

/** Leases and fills, or throws. */
export async function putText(
  store: CacheStore,
  address: EntryAddress,
  text = 'value',
  more: Partial<NewValue> = {},
): Promise<void> {
  const lease = await takeLease(store, address);
  const isStored = await store.fill(address, lease, textValue(text, more));
  if (!isStored) throw new Error('the value was not stored');
}

export async function readText(
  store: CacheStore,
  address: EntryAddress,
): Promise<string | undefined> {
  const [entry] = await store.read([address]);
  return entry?.bytes.toString();
}
