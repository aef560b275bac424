import { setTimeout as wait } from 'node:timers/promises';

/** A record of about `sizeBytes` of JSON: a page of posts, as the product caches them. */
export interface SourceRecord {
  id: string;
  version: number;
  posts: object[];
}

/** The source of truth behind a contender. Counts its calls. */
export interface Origin {
  load(id: string): Promise<SourceRecord>;
  loadMany(ids: readonly string[]): Promise<SourceRecord[]>;
  /** Calls of either loader so far. */
  readonly calls: number;
  /** The duration of later loads. 0: they resolve in the same turn of the event loop. */
  delayMs: number;
  /** Part of every record: raise it for a write. */
  version: number;
  sizeBytes: number;
}

export function createOrigin(): Origin {
  let calls = 0;
  const pages = new Map<number, object[]>();
  const record = (id: string, version: number): SourceRecord => {
    let posts = pages.get(origin.sizeBytes);
    if (!posts) pages.set(origin.sizeBytes, (posts = pageOf(origin.sizeBytes)));
    return { id, version, posts };
  };
  const origin = {
    delayMs: 0,
    version: 1,
    sizeBytes: 2048,
    get calls() {
      return calls;
    },
    async load(id: string) {
      calls += 1;
      const { version } = origin;
      if (origin.delayMs > 0) await wait(origin.delayMs);
      return record(id, version);
    },
    async loadMany(ids: readonly string[]) {
      calls += 1;
      const { version } = origin;
      if (origin.delayMs > 0) await wait(origin.delayMs);
      return ids.map((id) => record(id, version));
    },
  };
  return origin;
}

/** JSON of `id` and `version`, which every record has. */
const ENVELOPE_BYTES = 50;

function pageOf(sizeBytes: number): object[] {
  const posts: object[] = [];
  for (let n = 1; JSON.stringify(posts).length + ENVELOPE_BYTES < sizeBytes; n += 1) {
    const post = { id: n, votes: n % 100, title: `Link ${n}` };
    posts.push(sizeBytes < 200 ? post : { ...post, url: `https://example.com/articles/${n}` });
  }
  return posts;
}

/** The record inside a contender's answer, which is bytes, an object or a wrapper with bytes. */
export function recordOf(answer: unknown): SourceRecord {
  if (Buffer.isBuffer(answer)) return JSON.parse(answer.toString()) as SourceRecord;
  if (typeof answer === 'object' && answer !== null && 'bytes' in answer) {
    return recordOf(answer.bytes);
  }
  return answer as SourceRecord;
}
