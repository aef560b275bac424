import { inject } from 'vitest';

import { run } from '../../../tools/kit/exec.ts';

/** Ends Redis; every read comes from Postgres. */
export const stopRedis = (): Promise<void> => setRedis(false);

/** Starts it again, empty. */
export const startRedis = (): Promise<void> => setRedis(true);

async function setRedis(runs: boolean): Promise<void> {
  const { relayDir } = inject('target')!;
  if (relayDir !== null) {
    const command = ['tools/dev/redis/main.ts', runs ? 'start' : 'stop'];
    await run(process.execPath, command, { environment: { RELAY_DIR: relayDir } });
    return;
  }
  // The settings of the cluster are read on a cluster only.
  const { relay } = await import('../../cluster/support/cluster.ts');
  const replicas = `--replicas=${runs ? 1 : 0}`;
  await relay.kubectl('scale', 'statefulset/relay-redis', replicas);
  if (runs) await relay.kubectl('rollout', 'status', 'statefulset/relay-redis', '--timeout=120s');
}
