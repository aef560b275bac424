import { relay } from '../../cluster/support/cluster.ts';

/** Takes all pods from a workload, until it is healed. */
export async function takePods(workload: string, healing: AsyncDisposableStack): Promise<void> {
  const scale = (replicas: string) => relay.kubectl('scale', workload, `--replicas=${replicas}`);
  const replicas = await relay.kubectl('get', workload, '--output=jsonpath={.spec.replicas}');
  healing.defer(async () => {
    await scale(replicas);
    await relay.settled();
  });
  await scale('0');
}
