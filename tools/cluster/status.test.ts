import { createServer, type Server } from 'node:http';
import { connect as connectTo, type AddressInfo } from 'node:net';

import type { V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { Kubernetes } from '../kit/kubernetes.ts';
import { readStatus, withoutReport } from './status.ts';
import { podOf } from './testing/pods.ts';

const HEALTH = { status: 'down', postgres: 'down', redis: 'up' };
const METRICS = 'cache_hits_total{key="posts:all"} 12\ncache_misses_total{key="posts:all"} 4\n';

/** The admin port of a pod. */
let admin: Server;

beforeAll(async () => {
  admin = createServer((request, response) => {
    const isHealth = request.url === '/health';
    response.statusCode = isHealth ? 503 : 200;
    response.end(isHealth ? JSON.stringify(HEALTH) : METRICS);
  });
  await new Promise<void>((resolve) => void admin.listen(0, '127.0.0.1', resolve));
});

afterAll(() => void admin.close());

/** A cluster in which the pods called `answers` have an admin port. */
function clusterOf(pods: readonly V1Pod[] | Error): Pick<Kubernetes, 'core' | 'connect'> {
  const { port } = admin.address() as AddressInfo;
  const listNamespacedPod = async () => {
    if (pods instanceof Error) throw pods;
    return { items: pods };
  };
  return {
    core: { listNamespacedPod } as never,
    async connect(socket, { pod }) {
      if (!pod.startsWith('answers')) throw new Error('refused');
      const joined = connectTo(port, '127.0.0.1');
      socket.pipe(joined).pipe(socket);
    },
  };
}

function servicePod(name: string, component: string): V1Pod {
  const pod = podOf({ name, component });
  pod.spec!.containers[0]!.ports = [{ name: 'admin', containerPort: 8081 }];
  return pod;
}

test('reads the admin ports of service pods, of a 503 too', async () => {
  const pods = [servicePod('answers-1', 'post'), podOf({ name: 'redis-0', component: 'redis' })];
  const status = await readStatus(clusterOf(pods), '');
  expect(status.pods.map(({ name }) => name)).toEqual(['answers-1', 'redis-0']);
  expect(status.reports).toEqual([
    {
      pod: 'answers-1',
      health: HEALTH,
      counters: new Map([['posts:all', { hits: 12, misses: 4 }]]),
    },
  ]);
});

test('omits the pods that do not answer', async () => {
  const pods = [servicePod('silent-1', 'auth'), servicePod('answers-1', 'post')];
  const status = await readStatus(clusterOf(pods), '');
  expect(status.pods).toHaveLength(2);
  expect(status.reports.map(({ pod }) => pod)).toEqual(['answers-1']);
  expect(withoutReport(status)).toEqual(['silent-1']);
});

test('names the command that deploys Relay, with the variables that are set', async () => {
  await expect(readStatus(clusterOf([]), 'CLUSTER_CONTEXT=kind-ci ')).rejects.toThrow(
    / CLUSTER_CONTEXT=kind-ci npm run cluster$/,
  );
});

test('reports the cause if the cluster does not answer', async () => {
  const refused = new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') });
  await expect(readStatus(clusterOf(refused), '')).rejects.toThrow(/connect ECONNREFUSED/);
});
