import { startCleanupJob, type CleanupJob } from '@relay/service-kit/postgres/cleanup-job';
import { z } from 'zod';

/** Fetches a page of `GET /api/auth/removed-users`, unvalidated. */
export type FetchRemovedUsers = (query: { since?: string; cursor?: string }) => Promise<unknown>;

interface RemovedUserJobOptions {
  fetchPage: FetchRemovedUsers;
  /** Returns the users among these with posts that show their name. */
  namedAuthors: (userIds: readonly string[]) => Promise<string[]>;
  /** Removes the name from at most `limit` posts, and returns their number. Omits posts that are locked. */
  removeAuthorName: (authorId: string, limit: number) => Promise<number>;
  /** The mean pause between runs. */
  periodMs: number;
  onRenamed: (posts: number) => void;
  /** Called after each run to the end of the feed. */
  onDone: () => void;
  onFailed: (error: unknown) => void;
  clock?: () => Date;
  /** From 0 to 1. */
  random?: () => number;
}

const pageSchema = z.object({
  removed: z.array(z.object({ userId: z.uuid().toLowerCase() })),
  next: z.string().nullable(),
});

/**
 * How far each run goes back before the last run without a name left. For a day after the removal, the
 * longest life of an access token, the user can still post. The rest covers removals that are committed late,
 * and clocks.
 */
const OVERLAP_MS = 25 * 3_600_000;

/** Limits the keys that one transaction invalidates. */
const BATCH_POSTS = 100;

/**
 * Starts the periodic removal of names of removed users from their posts. Idempotent, so it keeps no position
 * in Postgres: the first run after a start goes back as far as the auth service does.
 */
export function startRemovedUserJob(options: RemovedUserJobOptions): CleanupJob {
  const { fetchPage, namedAuthors, removeAuthorName, periodMs, random } = options;
  const { onRenamed, onDone, onFailed, clock = () => new Date() } = options;
  let since: string | undefined;

  /** Returns whether a name is left: on a post that another transaction has locked. */
  async function removeNames(userIds: readonly string[], signal: AbortSignal): Promise<boolean> {
    const named = await namedAuthors(userIds);
    for (const authorId of named) {
      let renamed: number;
      do {
        if (signal.aborted) return true;
        renamed = await removeAuthorName(authorId, BATCH_POSTS);
        onRenamed(renamed);
      } while (renamed === BATCH_POSTS);
    }
    return named.length > 0 && (await namedAuthors(named)).length > 0;
  }

  async function run(signal: AbortSignal): Promise<void> {
    const startedAt = clock().getTime();
    let cursor: string | null = null;
    let anyLeft = false;
    do {
      const query = { ...(since !== undefined && { since }), ...(cursor !== null && { cursor }) };
      const page: z.output<typeof pageSchema> = pageSchema.parse(await fetchPage(query));
      const userIds = page.removed.map(({ userId }) => userId);
      if (userIds.length > 0 && (await removeNames(userIds, signal))) anyLeft = true;
      cursor = page.next;
    } while (cursor !== null && !signal.aborted);
    if (signal.aborted) return;
    if (!anyLeft) since = new Date(startedAt - OVERLAP_MS).toISOString();
    onDone();
  }

  return startCleanupJob({ run, onError: onFailed, periodMs, ...(random && { random }) });
}

/** Creates a function that fetches removed users from the auth service that publishes these keys. */
export function httpRemovedUsers(jwksUrl: string, timeoutMs = 5000): FetchRemovedUsers {
  const url = new URL('../removed-users', jwksUrl);
  return async (query) => {
    const page = new URL(url);
    page.search = new URLSearchParams(query).toString();
    const response = await fetch(page, { signal: AbortSignal.timeout(timeoutMs) });
    if (!response.ok) throw new Error(`${url.href} returned ${response.status}`);
    return response.json();
  };
}
