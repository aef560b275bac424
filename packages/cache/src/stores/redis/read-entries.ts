import { assertKey } from '../../keys/keys.ts';
import type { Entry, EntryAddress } from '../../protocol/store.ts';
import { isStampOf } from './checksum.ts';
import type { StoreContext } from './context.ts';
import { isSlotInMotion, throwRedisError } from './store-errors.ts';

type Answer = Buffer | null;

/** `CacheStore.read` on one server: one MGET for everything. */
export async function readFromServer(
  { client, names, generations }: StoreContext,
  addresses: readonly EntryAddress[],
): Promise<(Entry | undefined)[]> {
  if (addresses.length === 0) return [];
  const keys: string[] = [];
  for (const { key } of addresses) {
    assertKey(key);
    keys.push(key, names.record(key));
  }
  for (const { tags } of addresses) if (tags) for (const tag of tags) keys.push(names.tag(tag));
  const answers = await client.mgetBuffer(keys).catch(throwRedisError);
  const live = generations.liveFor('');
  const entries: (Entry | undefined)[] = [];
  let tagAt = addresses.length * 2;
  for (let i = 0; i < addresses.length; i += 1) {
    const count = addresses[i]!.tags?.length ?? 0;
    const epochs = count === 0 ? '' : joinEpochs(answers, tagAt, count);
    tagAt += count;
    entries.push(entryOf(answers[2 * i]!, answers[2 * i + 1]!, live, epochs));
  }
  return entries;
}

/** `CacheStore.read` on a Cluster, where keys are in many slots: one MGET for each address. */
export async function readFromCluster(
  context: StoreContext,
  addresses: readonly EntryAddress[],
): Promise<(Entry | undefined)[]> {
  const { generations, prefix } = context;
  const reads = addresses.map(async ({ key, tags }) => {
    assertKey(key);
    const [answers, epochs] = await Promise.all([
      readSlot(context, key),
      currentEpochs(context, tags),
    ]);
    return entryOf(answers[0]!, answers[1]!, generations.liveFor(prefix + key), epochs);
  });
  return Promise.all(reads);
}

async function readSlot({ client, names }: StoreContext, key: string): Promise<Answer[]> {
  const both = [key, names.record(key)];
  try {
    return await client.mgetBuffer(both);
  } catch (error) {
    if (!isSlotInMotion(error)) throwRedisError(error);
    // The checksum shows whether they belong together.
    return Promise.all(both.map((name) => client.mgetBuffer([name]))).then(
      (answers) => answers.flat(),
      throwRedisError,
    );
  }
}

/**
 * The tags' epochs on a Cluster, joined; `undefined` if one is missing or fenced, or of another
 * generation than that of the master that has its tag: an old backup has old epochs.
 */
export async function currentEpochs(
  { client, names, generations, prefix }: StoreContext,
  tags: readonly string[] | undefined,
): Promise<string | undefined> {
  if (!tags || tags.length === 0) return '';
  const answers = await Promise.all(tags.map((tag) => client.mgetBuffer([names.tag(tag)]))).catch(
    throwRedisError,
  );
  const epochs = answers.flat();
  const areLive = epochs.every((epoch, index) => {
    const live = generations.liveFor(prefix + names.tag(tags[index]!));
    return live !== undefined && epoch?.toString().startsWith(`${generationOf(live)}-`);
  });
  return areLive ? joinEpochs(epochs, 0, tags.length) : undefined;
}

/** The generation in a stamp's prefix. */
function generationOf(live: string): string {
  return live.slice(live.indexOf(':') + 1, -1);
}

function joinEpochs(answers: readonly Answer[], from: number, count: number): string | undefined {
  let joined = '';
  for (let i = from; i < from + count; i += 1) {
    const epoch = answers[i]?.toString();
    if (epoch === undefined || epoch.startsWith('F:')) return undefined;
    joined += i === from ? epoch : `,${epoch}`;
  }
  return joined;
}

function entryOf(
  bytes: Answer,
  record: Answer,
  live: string | undefined,
  epochs: string | undefined,
): Entry | undefined {
  if (bytes === null || record === null || live === undefined || epochs === undefined) {
    return undefined;
  }
  const stamp = record.toString();
  return isStampOf(stamp, live, bytes, epochs) ? { bytes, stamp } : undefined;
}
