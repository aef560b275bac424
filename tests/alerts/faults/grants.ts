import { relay } from '../../cluster/support/cluster.ts';
import { psql } from '../../cluster/support/stores.ts';

/** Revokes the exporter's right to read statistics and the write-ahead log until the recovery. */
export async function revokeMonitoring(recovery: AsyncDisposableStack): Promise<void> {
  recovery.defer(async () => {
    await psql(relay, 'grant pg_monitor to exporter');
  });
  await psql(relay, 'revoke pg_monitor from exporter');
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
