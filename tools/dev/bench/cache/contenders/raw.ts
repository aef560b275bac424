import { connectRedis, TTL_SECONDS, type Contender, type ContenderOptions } from './contender.ts';

const keyOf = (id: string) => `raw:${id}`;

/** The baseline: GET, and SET on a miss, without any protection. */
export async function createRaw(
  options: ContenderOptions,
  form: { bytes: boolean; autoPipelining: boolean },
): Promise<Contender> {
  const { origin } = options;
  const redis = await connectRedis(options, { enableAutoPipelining: form.autoPipelining });
  const load = async (id: string) => {
    const record = await origin.load(id);
    const text = JSON.stringify(record);
    await redis.set(keyOf(id), text, 'PX', TTL_SECONDS * 1000);
    return form.bytes ? Buffer.from(text) : record;
  };
  const rest = {
    invalidate: (id: string) => redis.del(keyOf(id)),
    close: async () => redis.disconnect(),
  };
  if (form.bytes) {
    return {
      ...rest,
      read: async (id) => (await redis.getBuffer(keyOf(id))) ?? load(id),
      readMany: async (ids) =>
        Promise.all(
          (await redis.mgetBuffer(ids.map(keyOf))).map(async (bytes, i) => bytes ?? load(ids[i]!)),
        ),
    };
  }
  return {
    ...rest,
    read: async (id) => {
      const text = await redis.get(keyOf(id));
      return text === null ? load(id) : (JSON.parse(text) as unknown);
    },
    readMany: async (ids) =>
      Promise.all(
        (await redis.mget(ids.map(keyOf))).map(async (text, i) =>
          text === null ? load(ids[i]!) : (JSON.parse(text) as unknown),
        ),
      ),
  };
}

/** The floor of every in-process tier. */
export async function createBareMap({ origin }: ContenderOptions): Promise<Contender> {
  const records = new Map<string, unknown>();
  const load = async (id: string) => {
    const record = await origin.load(id);
    records.set(id, record);
    return record;
  };
  return {
    read: async (id) => records.get(id) ?? load(id),
    invalidate: async (id) => records.delete(id),
    close: async () => records.clear(),
  };
}
