import { expect, test, vi } from 'vitest';

import { shutdownTracing, traceIds, tracingEnabled } from './api.ts';
import { tracingStarted } from './state.ts';

test('is a no-op until the preload has started tracing', async () => {
  expect(tracingEnabled()).toBe(false);
  expect(traceIds()).toBeUndefined();
  await expect(shutdownTracing()).resolves.toBeUndefined();
});

test('stops the tracing that the preload has started', async () => {
  const stop = vi.fn<() => Promise<void>>().mockResolvedValue();
  tracingStarted(stop);
  expect(tracingEnabled()).toBe(true);
  expect(traceIds()).toBeUndefined();
  await shutdownTracing();
  expect(stop).toHaveBeenCalledOnce();
});
