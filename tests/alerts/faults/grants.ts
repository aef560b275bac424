import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

/**
 * Revokes the exporter's right to list the write-ahead log until the recovery. Without all of `pg_monitor` it answers 500,
 * since the hidden ids of `pg_stat_statements` make duplicate series: then the target is missing.
 */
export async function revokeWalListing(recovery: AsyncDisposableStack): Promise<void> {
  recovery.defer(async () => {
    await psql(relay, 'grant execute on function pg_ls_waldir() to pg_monitor');
  });
  await psql(relay, 'revoke execute on function pg_ls_waldir() from pg_monitor');
}

/** Revokes the post service's right to update outbox rows until the recovery. Writes still succeed. */
export async function revokeOutboxUpdate(recovery: AsyncDisposableStack): Promise<void> {
  recovery.defer(async () => {
    await psql(relay, 'grant update on post.cache_outbox to post');
  });
  await psql(relay, 'revoke update on post.cache_outbox from post');
}

/** Denies a role new connections and terminates its open ones until the recovery. */
export async function denyLogin(
  role: 'auth' | 'post',
  recovery: AsyncDisposableStack,
): Promise<void> {
  recovery.defer(async () => {
    await psql(relay, `alter role ${role} login`);
  });
  await psql(relay, `alter role ${role} nologin`);
  await psql(
    relay,
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = '${role}'`,
  );
}
