import type { Cache, CacheRead, LoadRequest } from '../api.ts';
import { CacheUsageError } from '../errors.ts';
import type { CacheKey, KeyDefinition } from '../keys/define-keys.ts';
import type { LoadContext } from '../keys/key-options.ts';
import type { KeyResolver } from '../keys/resolver.ts';
import { createLoadBatch } from './load-batch.ts';
import type { Reader } from './reader.ts';
import type { ReadRequest } from './request.ts';

type Load = (params: unknown, context: LoadContext) => Promise<unknown>;

/** The reads of the public interface, in terms of one `Reader`. */
export type KeyReader = Pick<
  Cache,
  'get' | 'getMany' | 'getBytes' | 'cacheAside' | 'read' | 'warm'
>;

interface KeyReaderOptions {
  reader: Reader;
  keys: KeyResolver;
}

/** Keys that `warm` loads at a time. */
const WARM_CONCURRENCY = 8;

export function createKeyReader({ reader, keys }: KeyReaderOptions): KeyReader {
  function requestFor(key: CacheKey, load: Load): ReadRequest {
    const { address, template, policy } = keys.resolve(key);
    const { params } = key;
    return {
      address,
      template,
      policy,
      load: async (context) => policy.codec.encode(await load(params, context)),
    };
  }

  async function decoded(request: ReadRequest): Promise<unknown> {
    const { codec } = request.policy;
    let result = await reader.read(request);
    // From this process, then from the store: an entry that cannot be decoded is loaded.
    for (let attempt = 0; attempt < 2 && result.from !== 'load'; attempt += 1) {
      try {
        return codec.decode(result.bytes);
      } catch {
        result = await reader.readAgain(request, result);
      }
    }
    return codec.decode(result.bytes);
  }

  /** No `async` function: each costs a hit some turns of the microtask queue. */
  function readBytes(toRequest: () => ReadRequest): Promise<CacheRead> {
    try {
      return reader.read(toRequest());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async function getMany(
    definition: KeyDefinition,
    paramsList: readonly unknown[],
  ): Promise<unknown[]> {
    const { loadMany } = definition.options;
    const load = loadMany ? createLoadBatch(loadMany) : loaderOf(definition);
    const toKey = definition as unknown as (params: unknown) => CacheKey;
    const requests = paramsList.map((params) => requestFor(toKey(params), load as Load));
    return Promise.all(requests.map((request) => decoded({ ...request, hasCompany: true })));
  }

  async function warm(cacheKeys: readonly CacheKey[]): Promise<void> {
    const queue = cacheKeys.values();
    const lane = async () => {
      for (const key of queue) {
        // A failure has its event; a cold cache is no reason not to start.
        await reader.read(requestFor(key, loaderOf(key))).catch(() => undefined);
      }
    };
    await Promise.all(Array.from({ length: WARM_CONCURRENCY }, lane));
  }

  const keyReader = {
    get: async (key: CacheKey) => decoded(requestFor(key, loaderOf(key))),
    getMany,
    getBytes: (key: CacheKey) => readBytes(() => requestFor(key, loaderOf(key))),
    async cacheAside({ key, ttlSeconds, load }: LoadRequest<unknown>) {
      const { address, template, policy } = keys.resolve(key, ttlSeconds);
      const encoded = async () => policy.codec.encode(await load());
      return decoded({ address, template, policy, load: encoded });
    },
    read({ key, ttlSeconds, load }: LoadRequest<Uint8Array | string>) {
      return readBytes(() => ({ ...keys.resolve(key, ttlSeconds), load }));
    },
    warm,
  };
  // Inside, values are unknown; the types of the interface are those of the keys and loaders.
  return keyReader as unknown as KeyReader;
}

function loaderOf({ template, options }: Pick<CacheKey, 'template' | 'options'>): Load {
  if (!options.load) throw new CacheUsageError(`the key template "${template}" has no loader`);
  return options.load as Load;
}
