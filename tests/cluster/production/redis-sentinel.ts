import { eventually } from '../../../tools/kit/wait.ts';
import type { Stores } from './stores.ts';

const SOON = { withinMs: 60_000, everyMs: 500 };

/** A master with two replicas, and three Sentinels. */
export interface RedisSentinel {
  /** Deletes the master's pod and waits until the Sentinels have chosen another. */
  failOver(): Promise<void>;
}

export async function createRedisSentinel(stores: Stores): Promise<RedisSentinel> {
  const { exec, kubectl } = stores;
  await stores.apply('redis-sentinel');
  for (const name of ['redis-ha', 'redis-sentinel']) {
    await kubectl('rollout', 'status', `statefulset/${name}`, '--timeout=120s');
  }

  const sentinel = (...args: string[]) => {
    const client = ['redis-cli', '--tls', '--cacert', '/tls/ca.crt', '-p', '26379', 'sentinel'];
    return exec('redis-sentinel-0', ...client, ...args);
  };

  /** The name of the master's pod. */
  async function master(): Promise<string> {
    const [host = ''] = (await sentinel('get-master-addr-by-name', 'main')).split('\n');
    return host.split('.')[0]!;
  }

  await eventually(
    'the Sentinels have found both replicas and each other',
    async () => {
      const state = await sentinel('ckquorum', 'main');
      const replicas = await sentinel('replicas', 'main');
      const connected = replicas.match(/master-link-status\s+ok/g) ?? [];
      if (!state.startsWith('OK 3') || connected.length < 2) throw new Error(state);
    },
    SOON,
  );

  return {
    async failOver() {
      const before = await master();
      await kubectl('delete', 'pod', before, '--force', '--grace-period=0');
      await eventually(
        'the Sentinels have chosen another master',
        async () => {
          if ((await master()) === before) throw new Error(`it is ${before}`);
        },
        SOON,
      );
    },
  };
}
