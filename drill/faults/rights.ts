import { relay } from '../../cluster-tests/support/cluster.ts';
import { psql } from '../../cluster-tests/support/stores.ts';

/** Takes the right to update rows of the outbox from the post service, until it is healed. Writes still succeed. */
export async function takeOutbox(healing: AsyncDisposableStack): Promise<void> {
  healing.defer(async () => {
    await psql(relay, 'grant update on post.cache_outbox to post');
  });
  await psql(relay, 'revoke update on post.cache_outbox from post');
}
