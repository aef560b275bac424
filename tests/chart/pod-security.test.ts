import { expect, it } from 'vitest';

import type { Container, PodSpec, SecurityContext } from './kubernetes.ts';
import { refusedByRestricted } from './pod-security.ts';

const securityContext: SecurityContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
};
const container: Container = { name: 'app', securityContext };
const pod: PodSpec = {
  containers: [container],
  securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
};

function podWith(change: Partial<Container>): PodSpec {
  return { ...pod, containers: [{ ...container, ...change }] };
}

function podWithContext(change: SecurityContext): PodSpec {
  return podWith({ securityContext: { ...securityContext, ...change } });
}

it('accepts a pod without special privileges', () => {
  expect(refusedByRestricted(pod)).toEqual([]);
});

it('accepts a container with the context that its pod lacks', () => {
  const own = podWithContext({ runAsNonRoot: true, seccompProfile: { type: 'Localhost' } });
  expect(refusedByRestricted({ containers: own.containers })).toEqual([]);
});

it.each<[string, PodSpec]>([
  ['pod: hostNetwork', { ...pod, hostNetwork: true }],
  ['pod: hostPID', { ...pod, hostPID: true }],
  ['pod: hostIPC', { ...pod, hostIPC: true }],
  ['volume data: hostPath', { ...pod, volumes: [{ name: 'data', hostPath: { path: '/' } }] }],
  ['volume data: nfs', { ...pod, volumes: [{ name: 'data', nfs: { path: '/', server: 'a' } }] }],
  [
    'pod: sysctl kernel.msgmax',
    {
      ...pod,
      securityContext: {
        ...pod.securityContext!,
        sysctls: [{ name: 'kernel.msgmax', value: '1' }],
      },
    },
  ],
  ['pod: runAsUser: 0', { ...pod, securityContext: { ...pod.securityContext!, runAsUser: 0 } }],
  ['container app: privileged', podWithContext({ privileged: true })],
  [
    'container app: allowPrivilegeEscalation is not false',
    podWith({ securityContext: { capabilities: { drop: ['ALL'] } } }),
  ],
  [
    'container app: capabilities are not dropped',
    podWithContext({ capabilities: { drop: ['NET_RAW'] } }),
  ],
  [
    'container app: capabilities SYS_ADMIN',
    podWithContext({ capabilities: { drop: ['ALL'], add: ['SYS_ADMIN'] } }),
  ],
  ['container app: procMount', podWithContext({ procMount: 'Unmasked' })],
  ['container app: runAsNonRoot: false', podWithContext({ runAsNonRoot: false })],
  ['container app: runAsUser: 0', podWithContext({ runAsUser: 0 })],
  [
    'container app: an unconfined profile',
    podWithContext({ seccompProfile: { type: 'Unconfined' } }),
  ],
  [
    'container app: an unconfined profile',
    podWithContext({ appArmorProfile: { type: 'Unconfined' } }),
  ],
  ['container app: seLinuxOptions.type', podWithContext({ seLinuxOptions: { type: 'spc_t' } })],
  [
    'container app: seLinuxOptions.user or role',
    podWithContext({ seLinuxOptions: { role: 'sysadm_r' } }),
  ],
  ['container app: hostProcess', podWithContext({ windowsOptions: { hostProcess: true } })],
  ['container app: hostPort', podWith({ ports: [{ containerPort: 80, hostPort: 80 }] })],
  [
    'container app: a probe or hook of another host',
    podWith({ livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } }),
  ],
  [
    'container app: a probe or hook of another host',
    podWith({ lifecycle: { preStop: { tcpSocket: { host: '10.0.0.1', port: 80 } } } }),
  ],
])('refuses %s', (line, refused) => {
  expect(refusedByRestricted(refused)).toContain(line);
});

it('refuses a pod without settings for root and seccomp, for init containers too', () => {
  const bare = { ...pod, securityContext: {}, initContainers: [{ ...container, name: 'first' }] };
  expect(refusedByRestricted(bare)).toEqual([
    'container first: no runAsNonRoot',
    'container first: no seccompProfile',
    'container app: no runAsNonRoot',
    'container app: no seccompProfile',
  ]);
});
