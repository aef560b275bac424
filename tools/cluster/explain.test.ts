import type { CoreV1Event } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { fakeRun } from '../kit/testing/fake-run.ts';
import { describeUnready, explain } from './explain.ts';
import { podOf } from './testing/pods.ts';

const NOW = Date.parse('2026-11-23T10:05:00Z');
const CRASHING = podOf({
  name: 'relay-post-1',
  ready: false,
  restarts: 3,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
});

function eventOf(kind: string, name: string, message: string, minutesAgo = 1): CoreV1Event {
  return {
    type: 'Warning',
    reason: 'Failed',
    message,
    involvedObject: { kind, name },
    metadata: {},
    lastTimestamp: new Date(NOW - minutesAgo * 60_000),
  };
}

test('describes a pod that is not ready by its state, last events and log lines', () => {
  const text = describeUnready({
    pods: [CRASHING, podOf({ name: 'relay-post-2' })],
    events: [
      ...[1, 2, 3, 4].map((number) => eventOf('Pod', 'relay-post-1', `message ${number}`)),
      eventOf('Pod', 'relay-post-2', 'of a ready pod'),
    ],
    logs: [{ pod: 'relay-post-1', container: 'post', text: 'DATABASE_URL: is missing\n' }],
    now: NOW,
  });
  expect(text.split('\n')).toEqual([
    'relay-post-1 is not ready: CrashLoopBackOff, restarted 3 times',
    '  event  Failed: message 2',
    '  event  Failed: message 3',
    '  event  Failed: message 4',
    '  post  DATABASE_URL: is missing',
  ]);
});

test('has recent warnings about owners of pods that cannot be created', () => {
  const text = describeUnready({
    pods: [],
    events: [
      eventOf('ReplicaSet', 'relay-post-abc', 'forbidden: violates PodSecurity "restricted"'),
      eventOf('Ingress', 'relay', 'of an hour ago', 60),
    ],
    logs: [],
    now: NOW,
  });
  expect(text).toBe(
    'ReplicaSet relay-post-abc: Failed: forbidden: violates PodSecurity "restricted"',
  );
});

test('is empty if every pod is ready', () => {
  const pods = [podOf({ name: 'relay-post-2' })];
  expect(describeUnready({ pods, events: [], logs: [], now: NOW })).toBe('');
});

test('reads the log of the container that exited, not of its replacement', async () => {
  const { run, commands } = fakeRun([
    [/get pods/, JSON.stringify({ items: [CRASHING] })],
    [/get events/, '{"items":[]}'],
    [/logs relay-post-1 .*--previous/, 'last line'],
  ]);
  expect(await explain(run, 'kind-relay')).toContain('post  last line');
  expect(commands.every((command) => command.includes('--context kind-relay'))).toBe(true);
});
