import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The contents of a namespace's Secrets, by name. */
export type SecretData = Readonly<Record<string, Readonly<Record<string, string>>>>;

const DNS_SERVICE = '/api/v1/namespaces/kube-system/services/kube-dns';
const NOT_FOUND = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound' };
const CORE = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    { name: 'secrets', namespaced: true, kind: 'Secret', verbs: ['get'] },
    { name: 'services', namespaced: true, kind: 'Service', verbs: ['get'] },
  ],
};

const VERSION = { groupVersion: 'apps/v1', version: 'v1' };
const APPS = { name: 'apps', versions: [VERSION], preferredVersion: VERSION };
const DEPLOYMENTS = {
  kind: 'APIResourceList',
  groupVersion: 'apps/v1',
  resources: [{ name: 'deployments', namespaced: true, kind: 'Deployment', verbs: ['get'] }],
};

const NETWORKING_VERSION = { groupVersion: 'networking.k8s.io/v1', version: 'v1' };
const NETWORKING = {
  name: 'networking.k8s.io',
  versions: [NETWORKING_VERSION],
  preferredVersion: NETWORKING_VERSION,
};
const POLICIES = {
  kind: 'APIResourceList',
  groupVersion: 'networking.k8s.io/v1',
  resources: [{ name: 'networkpolicies', namespaced: true, kind: 'NetworkPolicy', verbs: ['get'] }],
};

const GROUPS = { kind: 'APIGroupList', apiVersion: 'v1', groups: [APPS, NETWORKING] };

/** The objects in a cluster before a release. */
export interface ClusterObjects {
  secrets?: SecretData;
  /** The release that made each Deployment, by the Deployment's name. */
  deployments?: Readonly<Record<string, string>>;
  /** The addresses of the Service kube-dns; none: the caller may not read it. */
  dnsAddresses?: readonly string[];
}

/** Serves the part of the Kubernetes API that Helm's `lookup` of these objects calls, and passes its URL to `work`. */
export async function withFakeCluster<T>(
  objects: ClusterObjects,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => answer(objects, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

function answer(objects: ClusterObjects, { url = '' }: IncomingMessage, response: ServerResponse) {
  const path = url.split('?')[0]!;
  if (path === DNS_SERVICE) return answerDns(objects, response);
  const body = find(objects, path);
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? { ...NOT_FOUND, code: 404 }));
}

function answerDns({ dnsAddresses: clusterIPs }: ClusterObjects, response: ServerResponse) {
  response.writeHead(clusterIPs ? 200 : 403, { 'content-type': 'application/json' });
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kube-dns' } };
  const refusal = { ...NOT_FOUND, reason: 'Forbidden', code: 403 };
  response.end(JSON.stringify(clusterIPs ? { ...service, spec: { clusterIPs } } : refusal));
}

function find(
  { secrets = {}, deployments = {} }: ClusterObjects,
  path: string,
): object | undefined {
  if (path === '/version') return { major: '1', minor: '34', gitVersion: 'v1.34.0' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return GROUPS;
  if (path === '/apis/apps/v1') return DEPLOYMENTS;
  if (path === '/apis/networking.k8s.io/v1') return POLICIES;
  const deployment = /^\/apis\/apps\/v1\/namespaces\/[^/]+\/deployments\/([^/]+)$/.exec(path)?.[1];
  const release = deployments[deployment ?? ''];
  if (release) {
    const annotations = { 'meta.helm.sh/release-name': release };
    return {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: deployment, annotations },
    };
  }
  if (path === '/api/v1') return CORE;
  const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(path) ?? [];
  const entries = secrets[name ?? ''];
  if (!entries) return undefined;
  const data = Object.fromEntries(
    Object.entries(entries).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}
