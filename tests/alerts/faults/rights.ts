import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

/** Takes the rights of the exporter to read statistics and the write-ahead log, until it is healed. */
export async function takeMonitoring(healing: AsyncDisposableStack): Promise<void> {
  healing.defer(async () => {
    await psql(relay, 'grant pg_monitor to exporter');
  });
  await psql(relay, 'revoke pg_monitor from exporter');
}

/** Takes the right to update rows of the outbox from the post service, until it is healed. Writes still succeed. */
export async function takeOutbox(healing: AsyncDisposableStack): Promise<void> {
  healing.defer(async () => {
    await psql(relay, 'grant update on post.cache_outbox to post');
  });
  await psql(relay, 'revoke update on post.cache_outbox from post');
}
