import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { expect, test } from 'vitest';

import { writeRunning } from '../../tools/dev/start/running.ts';
import { UserError } from '../../tools/kit/cli.ts';
import { recordedCluster, unnamed } from '../../tools/kit/testing/recorded-cluster.ts';
import { useEnvironment } from '../../tools/kit/testing/use-environment.ts';
import { restartServices } from './services.ts';
import { findBaseUrl, findCluster, findMetrics } from './targets.ts';

const KIND = {
  baseUrl: 'http://localhost:5000',
  relayDir: '/nowhere',
  context: undefined,
  adminUrl: undefined,
};

test('pods are replaced in the cluster of kind, wherever kubectl points', async () => {
  const { environment, calls } = await recordedCluster();
  useEnvironment(environment);
  const { context, kubectl } = await findCluster(KIND);
  await restartServices(kubectl);
  expect(context).toBe('kind-relay');
  expect(unnamed(await calls())).toEqual([]);
  expect(await calls()).toContain(
    'kubectl --context kind-relay --namespace relay rollout restart deployment/relay-auth deployment/relay-post deployment/relay-web',
  );
});

test('pods are replaced in the cluster that is named', async () => {
  const { environment, calls } = await recordedCluster('staging');
  useEnvironment(environment);
  const found = await findCluster({
    ...KIND,
    baseUrl: 'https://relay.example.com',
    context: 'staging',
  });
  await restartServices(found.kubectl);
  expect(unnamed(await calls(), 'staging')).toEqual([]);
});

test('metrics are read from the pods of the cluster of kind', async () => {
  const { environment, calls } = await recordedCluster();
  useEnvironment(environment);
  const over = new AbortController();
  const urls = await findMetrics({ ...KIND, signal: over.signal });
  over.abort();
  const local = expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/);
  expect(urls).toEqual([local, local]);
  expect(new Set(urls).size).toBe(2);
  expect(unnamed(await calls())).toEqual([]);
});

test('no cluster is guessed for a load that goes elsewhere', async () => {
  const { environment, calls } = await recordedCluster();
  useEnvironment(environment);
  const elsewhere = { ...KIND, baseUrl: 'https://relay.example.com' };
  const finding = findCluster(elsewhere);
  await expect(finding).rejects.toThrow(UserError);
  await expect(finding).rejects.toThrow(
    'Which cluster is behind https://relay.example.com? Name its kubectl context in CLUSTER_CONTEXT',
  );
  await expect(findMetrics({ ...elsewhere, signal: new AbortController().signal })).rejects.toThrow(
    'or set ADMIN_URL to the admin port',
  );
  expect(await calls()).toEqual([]);
});

test('the load goes where Relay runs, unless a place is named', async () => {
  const relayDir = await mkdtemp(path.join(tmpdir(), 'relay-load-'));
  const instance = 'this one';
  const admin = createServer((_, response) => response.end(JSON.stringify({ instance })));
  await once(admin.listen(0, '127.0.0.1'), 'listening');
  const { port } = admin.address() as AddressInfo;
  await writeRunning(relayDir, {
    pid: process.pid,
    instance,
    apiUrl: 'http://localhost:5050',
    adminUrl: `http://127.0.0.1:${port}`,
    databaseUrl: 'postgres://localhost/relay',
    redis: null,
  });
  const unnamedPlace = { baseUrl: undefined, relayDir, isNamed: true };
  expect(await findBaseUrl(unnamedPlace)).toBe('http://localhost:5050');
  const baseUrl = 'https://relay.example.com/';
  expect(await findBaseUrl({ ...unnamedPlace, baseUrl })).toBe('https://relay.example.com');

  await once(admin.close(), 'close');
  expect(await findBaseUrl({ ...unnamedPlace, isNamed: false })).toBe('http://localhost:5000');
  await expect(findBaseUrl(unnamedPlace)).rejects.toThrow(`No Relay runs in ${relayDir}`);
});
