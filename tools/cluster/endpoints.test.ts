import type { V1Endpoint, V1EndpointSlice, V1Service } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { pickReadyPod } from './endpoints.ts';

const SERVICE: V1Service = {
  metadata: { name: 'prometheus', namespace: 'monitoring' },
  spec: {
    ports: [
      { name: 'reloader', port: 8080 },
      { name: 'web', port: 80, targetPort: 'http' },
    ],
  },
};
const PORTS = [
  { name: 'reloader', port: 8080 },
  { name: 'web', port: 9090 },
];

function sliceOf(endpoints: V1Endpoint[], ports = PORTS): V1EndpointSlice {
  return { addressType: 'IPv4', endpoints, ports };
}

function endpointOf(name: string, ready?: boolean): V1Endpoint {
  return {
    addresses: ['10.0.0.1'],
    targetRef: { kind: 'Pod', name },
    ...(ready !== undefined && { conditions: { ready } }),
  };
}

test("picks a ready pod and the pod's own port", () => {
  const slices = [sliceOf([endpointOf('starting', false)]), sliceOf([endpointOf('ready', true)])];
  expect(pickReadyPod(SERVICE, slices, 80)).toEqual({
    namespace: 'monitoring',
    pod: 'ready',
    port: 9090,
  });
});

test('treats a pod without conditions as ready', () => {
  expect(pickReadyPod(SERVICE, [sliceOf([endpointOf('old')])], 80)?.pod).toBe('old');
});

test('picks none while no pod is ready', () => {
  expect(pickReadyPod(SERVICE, [sliceOf([endpointOf('starting', false)])], 80)).toBeUndefined();
  expect(pickReadyPod(SERVICE, [], 80)).toBeUndefined();
});

test('accepts a slice without lists, which is how the API returns empty ones', () => {
  const empty = { addressType: 'IPv4', endpoints: null, ports: null };
  expect(pickReadyPod(SERVICE, [empty as never], 80)).toBeUndefined();
});

test('picks none for a port that the Service lacks', () => {
  expect(pickReadyPod(SERVICE, [sliceOf([endpointOf('ready', true)])], 81)).toBeUndefined();
});
