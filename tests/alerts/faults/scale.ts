import { relay } from '../../cluster/support/cluster.ts';

/** Scales a workload to zero until the recovery. */
export async function scaleToZero(workload: string, recovery: AsyncDisposableStack): Promise<void> {
  const scale = (replicas: string) => relay.kubectl('scale', workload, `--replicas=${replicas}`);
  const replicas = await relay.kubectl('get', workload, '--output=jsonpath={.spec.replicas}');
  recovery.defer(async () => {
    await scale(replicas);
    await relay.settled();
  });
  await scale('0');
}
