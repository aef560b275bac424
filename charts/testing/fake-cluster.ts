import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What each Secret of a namespace holds, by its name. */
export type SecretsHeld = Readonly<Record<string, Readonly<Record<string, string>>>>;

const NOT_FOUND = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'NotFound' };
const SECRETS = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [{ name: 'secrets', namespaced: true, kind: 'Secret', verbs: ['get'] }],
};

/** As much of the Kubernetes API as Helm's `lookup` of a Secret asks for. Its URL is given to `work`. */
export async function withFakeCluster<T>(
  secrets: SecretsHeld,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server = createServer((request, response) => answer(secrets, request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await server[Symbol.asyncDispose]();
  }
}

function answer(secrets: SecretsHeld, { url = '' }: IncomingMessage, response: ServerResponse) {
  const body = find(secrets, url.split('?')[0]!);
  response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body ?? { ...NOT_FOUND, code: 404 }));
}

function find(secrets: SecretsHeld, path: string): object | undefined {
  if (path === '/version') return { major: '1', minor: '34', gitVersion: 'v1.34.0' };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: [] };
  if (path === '/api/v1') return SECRETS;
  const [, namespace, name] = /^\/api\/v1\/namespaces\/([^/]+)\/secrets\/([^/]+)$/.exec(path) ?? [];
  const held = secrets[name ?? ''];
  if (!held) return undefined;
  const data = Object.fromEntries(
    Object.entries(held).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data };
}
