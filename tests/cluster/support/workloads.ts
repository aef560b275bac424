import { onTestFinished } from 'vitest';

import { eventually } from '../../../tools/kit/wait.ts';
import { relay, type Component } from './cluster.ts';

const GONE = { withinMs: 120_000 };

/** A workload without pods. */
interface Outage {
  /** Restores the replicas. The end of the test does so too. */
  end(): Promise<void>;
}

/** Scales a workload to zero and waits until its last pod is deleted. */
export async function startOutage(workload: string, component: Component): Promise<Outage> {
  const scale = (replicas: number | string) =>
    relay.kubectl('scale', workload, `--replicas=${replicas}`);
  const replicas = await relay.kubectl('get', workload, '--output=jsonpath={.spec.replicas}');
  const end = async () => {
    await scale(replicas);
    await relay.settled();
  };
  onTestFinished(end, 200_000);
  await scale(0);
  await eventually(
    `${workload} has no pods`,
    async () => {
      const selector = `--selector=app.kubernetes.io/component=${component}`;
      const left = await relay.kubectl('get', 'pods', selector, '--output=name');
      if (left !== '') throw new Error(`It has ${left}`);
    },
    GONE,
  );
  return { end };
}

/** Deletes the only pod of a StatefulSet and waits for its replacement. */
export async function replacePod(name: string): Promise<void> {
  const uid = () => relay.kubectl('get', 'pod', name, '--output=jsonpath={.metadata.uid}');
  const before = await uid();
  await relay.kubectl('delete', 'pod', name, '--wait');
  await eventually(
    `${name} is replaced`,
    async () => {
      if ((await uid()) === before) throw new Error('It is the same pod');
    },
    GONE,
  );
  await relay.settled();
}

/** The sum of the restarts of a component's containers. */
export async function restartsOf(component: Component): Promise<number> {
  const pods = await relay.pods(component);
  const statuses = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
