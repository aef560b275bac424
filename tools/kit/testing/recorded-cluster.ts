import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { onTestFinished } from 'vitest';

/**
 * Programs that record their arguments instead of running, and the API servers of two clusters. kubectl's
 * current context is the cluster that a test does not name.
 */
export interface RecordedCluster {
  /** For a process under test. */
  environment: { PATH: string; KUBECONFIG: string };
  /** The command line of each call, oldest first. */
  calls(): Promise<string[]>;
  /** To the API server of the named context, and to that of the current one. */
  requests: { named: string[]; current: string[] };
  /** Empties both records. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** The current context. No command may reach it. */
const CURRENT = 'prod-eu';

/** The answers that the callers of each program need to continue. */
const ANSWERS: Record<string, string> = {
  kubectl: `
    *" port-forward "*) echo 'Forwarding from 127.0.0.1:45678 -> 8081'; exec sleep 60 ;;
    *get-contexts*) echo kind-relay ;;
    *readyz*) echo ok ;;
    *.items*) printf 'relay-post-1 relay-post-2' ;;
    *.spec.ingress*) echo '[]' ;;
    *" --output json "*) echo '{"items": []}' ;;
    *maxmemory*|*" INFO memory "*) printf 'used_memory:1\\r\\nmaxmemory:1000000\\r\\n' ;;`,
  helm: `
    *" history "*) echo '[{"revision": 7, "description": "Install complete"}]' ;;
    *" status relay "*) echo '{"info": {"status": "deployed"}}' ;;
    *" status "*) echo '{"info": {"status": "failed"}}' ;;
    *" upgrade --install relay "*|*"Fire drill"*) echo 'refused by the test' >&2; exit 1 ;;`,
  kind: `
    *" get clusters "*) echo relay ;;
    *" get nodes "*) echo relay-control-plane ;;`,
  docker: `
    *" image inspect "*) echo sha256:${'0'.repeat(64)} ;;
    *" version "*) echo 28 ;;`,
  k6: `
    *" version "*) echo 'k6 v1.8.1' ;;`,
};

/** Closes when the test has finished. */
export async function recordedCluster(context?: string): Promise<RecordedCluster> {
  const recorded = await startRecordedCluster(context);
  onTestFinished(() => recorded.close());
  return recorded;
}

/** @param context the named one */
export async function startRecordedCluster(context = 'kind-relay'): Promise<RecordedCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'relay-recorded-'));
  const record = path.join(folder, 'calls');
  await writeFile(record, '');
  for (const [name, cases] of Object.entries(ANSWERS)) {
    const script = `#!/bin/sh
printf '%s\\n' "$(printf '%s' "${name} $*" | tr '\\n' ' ')" >> '${record}'
case " $* " in${cases}
esac
`;
    await writeFile(path.join(folder, name), script);
    await chmod(path.join(folder, name), 0o755);
  }
  const requests: RecordedCluster['requests'] = { named: [], current: [] };
  const named = await apiServer(requests.named);
  const current = await apiServer(requests.current);
  const servers = { [context]: urlOf(named), [CURRENT]: urlOf(current) };
  const kubeconfig = path.join(folder, 'kubeconfig');
  await writeFile(kubeconfig, JSON.stringify(kubeconfigOf(servers)));
  return {
    environment: { PATH: `${folder}:${process.env['PATH']}`, KUBECONFIG: kubeconfig },
    calls: async () => (await readFile(record, 'utf8')).split('\n').filter(Boolean),
    requests,
    async clear() {
      await writeFile(record, '');
      requests.named.length = 0;
      requests.current.length = 0;
    },
    async close() {
      for (const server of [named, current]) {
        server.closeAllConnections();
        server.close();
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The calls of kubectl, helm and kind that do not name the cluster. */
export function unnamed(calls: readonly string[], context = 'kind-relay'): string[] {
  const naming: Record<string, string> = {
    kubectl: ` --context ${context} `,
    helm: ` --kube-context ${context} `,
    kind: ` --name ${context.replace('kind-', '')} `,
  };
  return calls.filter((call) => {
    const name = naming[call.split(' ')[0]!];
    return name !== undefined && !`${call} `.includes(name) && call !== 'kind get clusters';
  });
}

function kubeconfigOf(servers: Record<string, string>): object {
  const names = Object.keys(servers);
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': CURRENT,
    clusters: names.map((name) => ({
      name,
      // The client library refuses plain HTTP without it.
      cluster: { server: servers[name], 'insecure-skip-tls-verify': true },
    })),
    users: names.map((name) => ({ name, user: {} })),
    contexts: names.map((name) => ({ name, context: { cluster: name, user: name } })),
  };
}

/** The API server of a cluster with one pod. Records each request. */
async function apiServer(requests: string[]): Promise<Server> {
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const encoded = (text: string) => Buffer.from(text).toString('base64');

function answer({ url = '', method }: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(decodeURIComponent(url), 'http://localhost');
  const pod = {
    metadata: { name: 'relay-auth-1' },
    spec: {
      nodeName: 'relay-control-plane',
      containers: [{ name: 'auth', image: 'relay-auth:1' }],
    },
    status: { phase: 'Running', podIP: '10.0.0.1', containerStatuses: [] },
  };
  const alertmanager = { config: { original: 'relay-drill http://10.0.0.1:8080/' } };
  const body = () => {
    if (pathname.endsWith('api/v2/status')) return alertmanager;
    if (/\/secrets\/[^/]+$/.test(pathname)) {
      return { metadata: {}, data: { 'alertmanager.yaml': encoded('route: {}\nreceivers: []') } };
    }
    if (method !== 'GET' || /\/pods\/[^/]+$/.test(pathname)) return pod;
    const isOfAuth = searchParams.get('labelSelector')?.endsWith('component=auth') ?? false;
    return { items: isOfAuth ? [pod] : [] };
  };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body()));
}
