import { onTestFinished } from 'vitest';

import { relay, type Component } from './cluster.ts';
import { eventually } from './eventually.ts';

const GONE = { withinMs: 120_000 };

/** A workload without pods until it is brought back, by the end of the test at the latest. */
export interface Away {
  bringBack(): Promise<void>;
}

/** Scales a workload to 0 and waits until its last pod has gone. */
export async function takeAway(workload: string, component: Component): Promise<Away> {
  const scale = (replicas: number | string) =>
    relay.kubectl('scale', workload, `--replicas=${replicas}`);
  const replicas = await relay.kubectl('get', workload, '--output=jsonpath={.spec.replicas}');
  const bringBack = async () => {
    await scale(replicas);
    await relay.settled();
  };
  onTestFinished(bringBack, 200_000);
  await scale(0);
  await eventually(
    `the pods of ${workload} are gone`,
    async () => {
      const selector = `--selector=app.kubernetes.io/component=${component}`;
      const left = await relay.kubectl('get', 'pods', selector, '--output=name');
      if (left !== '') throw new Error(`There is still ${left}`);
    },
    GONE,
  );
  return { bringBack };
}

/** Deletes the only pod of a StatefulSet and waits for the one that takes its place. */
export async function replacePod(name: string): Promise<void> {
  const uid = () => relay.kubectl('get', 'pod', name, '--output=jsonpath={.metadata.uid}');
  const before = await uid();
  await relay.kubectl('delete', 'pod', name, '--wait');
  await eventually(
    `another pod is ${name}`,
    async () => {
      if ((await uid()) === before) throw new Error('It is the old one');
    },
    GONE,
  );
  await relay.settled();
}

/** How often containers of a component were restarted, all pods together. */
export async function restartsOf(component: Component): Promise<number> {
  const pods = await relay.pods(component);
  const statuses = pods.flatMap(({ status }) => status?.containerStatuses ?? []);
  return statuses.reduce((sum, { restartCount }) => sum + restartCount, 0);
}
