import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

/** Renames the table of posts until the recovery, as a failed migration might. */
export async function renamePosts(recovery: AsyncDisposableStack): Promise<void> {
  recovery.defer(async () => {
    await psql(relay, 'alter table if exists post.posts_drill rename to posts');
  });
  await psql(relay, 'alter table post.posts rename to posts_drill');
}
