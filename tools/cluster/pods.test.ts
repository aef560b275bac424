import { describe, expect, test } from 'vitest';

import { describeProgress, isReady, summarizePod, unready } from './pods.ts';
import { podOf } from './testing/pods.ts';

const RUNNING = podOf({ name: 'runs' });
const CRASHING = podOf({
  name: 'crashes',
  ready: false,
  restarts: 3,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
});
const MIGRATED = podOf({
  name: 'migrated',
  phase: 'Succeeded',
  ready: false,
  state: { terminated: { exitCode: 0, reason: 'Completed' } },
});
const LEAVING = podOf({ name: 'leaves', ready: false, deleted: true });

describe('the state of a pod', () => {
  test.each([
    ['Running', RUNNING],
    ['CrashLoopBackOff', CRASHING],
    ['Completed', MIGRATED],
    ['Terminating', LEAVING],
    ['Pending', { metadata: { name: 'new' }, status: { phase: 'Pending' } }],
    ['Unknown', {}],
  ])('%s', (state, pod) => {
    expect(summarizePod(pod).state).toBe(state);
  });

  test('names a failed init container', () => {
    const pod = podOf({ name: 'begins', phase: 'Pending', ready: false, state: {} });
    pod.status!.initContainerStatuses = [
      {
        name: 'init',
        ready: false,
        restartCount: 1,
        state: { terminated: { exitCode: 1, reason: 'Error' } },
        image: '',
        imageID: '',
      },
    ];
    expect(summarizePod(pod).state).toBe('Init:Error');
  });
});

test("reads kubectl's JSON, where a date is a string", () => {
  const { createdAt } = summarizePod(JSON.parse(JSON.stringify(RUNNING)) as typeof RUNNING);
  expect(createdAt).toEqual(new Date('2026-11-23T10:00:00Z'));
});

test('a running pod is ready once its container is', () => {
  const starting = podOf({ name: 'starts', ready: false });
  expect(isReady(summarizePod(starting))).toBe(false);
  expect(isReady(summarizePod(RUNNING))).toBe(true);
});

test('a release does not wait for completed and terminating pods', () => {
  const pods = [RUNNING, CRASHING, MIGRATED, LEAVING].map(summarizePod);
  expect(unready(pods).map(({ name }) => name)).toEqual(['crashes']);
  expect(describeProgress(pods)).toBe(
    '1 of 2 pods are ready; waiting for crashes (CrashLoopBackOff)',
  );
});

test('a line names some of the pods that a release waits for, and counts the others', () => {
  const starting = [1, 2, 3, 4, 5].map((number) =>
    summarizePod(podOf({ name: `pod-${number}`, ready: false })),
  );
  expect(describeProgress(starting)).toBe(
    '0 of 5 pods are ready; waiting for pod-1 (not ready), pod-2 (not ready), pod-3 (not ready), 2 more',
  );
});
