import type { Stores } from './stores.ts';

/** A primary, a standby, and a transaction pooler in front. */
export interface Postgres {
  /** Stops the primary and promotes the standby; the Service follows. */
  failOver(): Promise<void>;
}

export async function createPostgres(stores: Stores): Promise<Postgres> {
  const { kubectl, exec } = stores;
  await stores.apply('postgres');
  await kubectl('rollout', 'status', 'statefulset/postgres-primary', '--timeout=120s');
  await kubectl('rollout', 'status', 'statefulset/postgres-standby', '--timeout=120s');
  await stores.apply('pgbouncer');
  await kubectl('rollout', 'status', 'deployment/pgbouncer', '--timeout=120s');
  return {
    async failOver() {
      await kubectl('scale', 'statefulset/postgres-primary', '--replicas=0');
      await kubectl('wait', '--for=delete', 'pod/postgres-primary-0', '--timeout=60s');
      const psql = ['psql', '--username=postgres', '--command', 'select pg_promote()'];
      await exec('postgres-standby-0', ...psql);
      const selector = JSON.stringify({ spec: { selector: { app: 'postgres', role: 'standby' } } });
      await kubectl('patch', 'service/postgres', `--patch=${selector}`);
    },
  };
}
