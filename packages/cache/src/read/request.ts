import type { CacheRead } from '../api.ts';
import type { LoadContext } from '../keys/define-keys.ts';
import type { EntryPolicy } from '../keys/policy.ts';
import type { EntryAddress } from '../protocol/store.ts';

/** One read, with everything that is known about its key. */
export interface ReadRequest {
  address: EntryAddress;
  template: string;
  policy: EntryPolicy;
  /** Others follow in the same turn: they share one round trip. */
  hasCompany?: boolean;
  load: (context: LoadContext) => Promise<Uint8Array | string>;
}

export interface ReadResult extends CacheRead {
  /** Where the bytes are from, so that they can be removed there if they cannot be decoded. */
  from: 'local' | 'store' | 'grace' | 'load';
  /** The store holds these bytes. */
  stored: boolean;
  /** Of the store's entry. */
  stamp?: string;
}
