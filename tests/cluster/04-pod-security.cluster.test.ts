import type { V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { beforeAll, describe, expect, test } from 'vitest';

import { core, relay, type Component } from './support/cluster.ts';

const COMPONENTS: Component[] = [
  'auth',
  'post',
  'redis',
  'postgres',
  'redis-exporter',
  'postgres-exporter',
];

let pods: V1Pod[];
beforeAll(async () => {
  pods = (await Promise.all(COMPONENTS.map(relay.pods))).flat();
});

test('the namespace enforces the restricted standard', async () => {
  const { metadata } = await core().readNamespace({ name: relay.namespace });
  expect(metadata?.labels?.['pod-security.kubernetes.io/enforce']).toBe('restricted');
});

const container = { name: 'test', image: 'busybox' };
const restricted = {
  allowPrivilegeEscalation: false,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
  seccompProfile: { type: 'RuntimeDefault' },
};

test.for<{ what: string; spec: V1PodSpec }>([
  { what: 'without a security context', spec: { containers: [container] } },
  {
    what: 'that is privileged',
    spec: { containers: [{ ...container, securityContext: { privileged: true } }] },
  },
  {
    what: 'that runs as root',
    spec: { containers: [{ ...container, securityContext: { ...restricted, runAsUser: 0 } }] },
  },
  {
    what: "on the node's network",
    spec: { hostNetwork: true, containers: [{ ...container, securityContext: restricted }] },
  },
  {
    what: 'with a folder of the node',
    spec: {
      containers: [{ ...container, securityContext: restricted }],
      volumes: [{ name: 'node', hostPath: { path: '/' } }],
    },
  },
])('a pod $what is refused', async ({ spec }) => {
  await expect(dryRun(spec)).rejects.toThrow(/violates PodSecurity.*restricted/);
});

test('a pod that meets the standard is admitted', async () => {
  const spec = { containers: [{ ...container, securityContext: restricted }] };
  await expect(dryRun(spec)).resolves.toBeUndefined();
});

test('every pod of the release meets the standard', async ({ annotate }) => {
  for (const { metadata, spec } of pods) {
    const pod = metadata?.name;
    const { automountServiceAccountToken, securityContext: ofPod } = spec!;
    expect({ pod, automountServiceAccountToken, tokens: tokensOf(spec) }).toEqual({
      pod,
      automountServiceAccountToken: false,
      tokens: [],
    });
    for (const { name, securityContext } of [
      ...spec!.containers,
      ...(spec!.initContainers ?? []),
    ]) {
      const effective = Object.assign({ pod, name }, ofPod, securityContext);
      expect(effective).toMatchObject({
        pod,
        name,
        runAsNonRoot: true,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ['ALL'] },
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  }
  await annotate(`${pods.length} pods`);
});

// From inside the containers. The exporters' images have no shell.
const READ_ONLY = /read-only file system/i;

const SERVICES = ['auth', 'post', 'web'].map((name) => `deployment/relay-${name}`);

describe.for(SERVICES)('%s', (workload) => {
  const node = (code: string) => relay.exec(workload, 'node', '--print', code);

  test('does not run as root', async ({ annotate }) => {
    const uid = Number(await node('process.getuid()'));
    expect(uid).toBeGreaterThan(0);
    await annotate(`${workload} runs as ${uid}`);
  });

  test('cannot write to its root file system', async () => {
    await expect(node('fs.writeFileSync("/x", "")')).rejects.toThrow(READ_ONLY);
  });

  test('has no token of the Kubernetes API, which answers 401 or 403', async () => {
    // By its address: the web service may not use DNS.
    const script = `process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      const host = process.env.KUBERNETES_SERVICE_HOST;
      fetch('https://' + host + '/api/v1/namespaces/relay/secrets').then(({ status }) => console.log(status))`;
    // NetworkPolicies do not apply to the pod's own node, where kind runs the API server.
    expect(await relay.exec(workload, 'node', '--no-warnings', '--eval', script)).toMatch(
      /^40[13]$/,
    );
    expect(await node('fs.existsSync("/var/run/secrets/kubernetes.io")')).toBe('false');
  });
});

describe.for(['statefulset/relay-redis', 'statefulset/relay-postgres'])('%s', (workload) => {
  test('does not run as root', async ({ annotate }) => {
    const uid = Number(await relay.exec(workload, 'id', '-u'));
    expect(uid).toBeGreaterThan(0);
    await annotate(`${workload} runs as ${uid}`);
  });

  test('cannot write to its root file system', async () => {
    await expect(relay.exec(workload, 'touch', '/x')).rejects.toThrow(READ_ONLY);
  });

  test('has no token of the Kubernetes API', async () => {
    const path = '/var/run/secrets/kubernetes.io';
    await expect(relay.exec(workload, 'ls', path)).rejects.toThrow(/no such file/i);
  });
});

/** Validates a pod without creating it. */
async function dryRun(spec: V1PodSpec): Promise<void> {
  const { namespace } = relay;
  const body: V1Pod = { metadata: { name: 'security-test' }, spec };
  await core().createNamespacedPod({ namespace, body, dryRun: 'All' });
}

function tokensOf(spec: V1PodSpec | undefined): string[] {
  const volumes = spec?.volumes ?? [];
  const withToken = volumes.filter(({ projected }) =>
    projected?.sources?.some(({ serviceAccountToken }) => serviceAccountToken),
  );
  return withToken.map(({ name }) => name);
}
