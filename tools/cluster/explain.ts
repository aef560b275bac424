import type { CoreV1Event, V1Pod } from '@kubernetes/client-node';

import { lastLines, type Run } from '../kit/exec.ts';
import { createKubectl } from '../kit/kubectl.ts';
import { NAMESPACE, RELEASE_LABELS } from '../kit/names.ts';
import { summarizePod, unready } from './pods.ts';

const EVENTS = 3;
const LOG_LINES = 8;
const SHOWN_PODS = 6;
const WARNINGS = 5;
const RECENT_MS = 10 * 60_000;

/** The last lines of a container's log. */
interface Log {
  pod: string;
  container: string;
  text: string;
}

/** The pods that are not ready with their last events and log lines; empty if all are. */
export async function explain(run: Run, context: string): Promise<string> {
  const kubectl = createKubectl(run, { context, namespace: NAMESPACE });
  const list = async <T>(...args: string[]) =>
    (JSON.parse(await kubectl('get', ...args, '--output', 'json')) as { items: T[] }).items;

  const pods = await list<V1Pod>('pods', '--selector', RELEASE_LABELS);
  const events = await list<CoreV1Event>('events', '--sort-by', '.metadata.creationTimestamp');
  const logs: Log[] = [];
  for (const { pod, container, previous } of failingContainers(pods)) {
    const flags = ['--container', container, '--tail', String(LOG_LINES)];
    if (previous) flags.push('--previous');
    const text = await kubectl('logs', pod, ...flags).catch(() => '');
    logs.push({ pod, container, text });
  }
  return describeUnready({ pods, events, logs, now: Date.now() });
}

interface Evidence {
  pods: readonly V1Pod[];
  /** Oldest first. */
  events: readonly CoreV1Event[];
  logs: readonly Log[];
  now: number;
}

export function describeUnready({ pods, events, logs, now }: Evidence): string {
  const unreadyPods = unready(pods.map(summarizePod)).slice(0, SHOWN_PODS);
  const blocks = unreadyPods.map(({ name, state, restarts }) => {
    const own = events.filter(({ involvedObject }) => involvedObject.name === name);
    const times = restarts === 1 ? 'once' : `${restarts} times`;
    const restarted = restarts > 0 ? `, restarted ${times}` : '';
    return [
      `${name} is not ready: ${state}${restarted}`,
      ...own.slice(-EVENTS).map((event) => `  event  ${describeEvent(event)}`),
      ...logs.filter(({ pod, text }) => pod === name && text).flatMap(logLines),
    ].join('\n');
  });
  // Failures to create a pod are events of its owner: quotas, Pod Security, volumes.
  const warnings = events
    .filter(({ type, involvedObject }) => type === 'Warning' && involvedObject.kind !== 'Pod')
    .filter((event) => now - timeOf(event) < RECENT_MS)
    .slice(-WARNINGS)
    .map((event) => {
      const { kind, name } = event.involvedObject;
      return `${kind} ${name}: ${describeEvent(event)}`;
    });
  return [...blocks, ...warnings].join('\n\n');
}

/** The containers that keep a pod from being ready: the cause may be in their logs. */
function failingContainers(pods: readonly V1Pod[]) {
  const unreadyPods = new Set(unready(pods.map(summarizePod)).map(({ name }) => name));
  return pods
    .filter(({ metadata }) => unreadyPods.has(metadata?.name ?? ''))
    .slice(0, SHOWN_PODS)
    .flatMap(({ metadata, status }) =>
      [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
        .filter(({ ready, state }) => !ready && !(state?.terminated?.exitCode === 0))
        .map(({ name, state, restartCount }) => ({
          pod: metadata?.name ?? '',
          container: name,
          previous: restartCount > 0 && state?.running === undefined,
        })),
    );
}

function logLines({ container, text }: Log): string[] {
  return lastLines(text, LOG_LINES)
    .split('\n')
    .map((line) => `  ${container}  ${line}`);
}

function describeEvent({ reason, message, count }: CoreV1Event): string {
  const times = count && count > 1 ? ` (${count} times)` : '';
  return `${reason}: ${message?.trim()}${times}`;
}

function timeOf({ lastTimestamp, eventTime, metadata }: CoreV1Event): number {
  return new Date(lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? 0).getTime();
}
