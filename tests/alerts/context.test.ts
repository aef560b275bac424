import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

import {
  startRecordedCluster,
  unnamed,
  type RecordedCluster,
} from '../../tools/kit/testing/recorded-cluster.ts';
import { useEnvironment } from '../../tools/kit/testing/use-environment.ts';
import { removeTestUsers } from '../cluster/support/api.ts';
import { createNamespace, deleteNamespace, relay, releaseIn } from '../cluster/support/cluster.ts';
import { assertDeployed } from '../cluster/support/deployed.ts';
import { runDocumented } from '../cluster/support/documents.ts';
import { portForward } from '../cluster/support/port-forward.ts';
import { query } from '../cluster/support/prometheus.ts';
import { emptyCache, psql, redisCli } from '../cluster/support/stores.ts';
import { revokeOutboxUpdate } from './faults/grants.ts';
import { denyRedis } from './faults/network-policy.ts';
import { nodeOf } from './faults/processes.ts';
import { fillRedis } from './faults/redis-memory.ts';
import { scaleToZero } from './faults/scale.ts';
import { addReceiver } from './fixture/alertmanager.ts';
import { shortenWindows } from './fixture/release.ts';
import { startWebhook } from './fixture/webhook.ts';

const CONTEXT = 'kind-relay';

/** The actions of the cluster tests and the drill that read or change a cluster. */
const ACTIONS: Record<string, () => Promise<unknown>> = {
  'assert a deployment': () => assertDeployed(),
  'make and delete a namespace': async () => {
    await createNamespace('relay-upgrade', {});
    await deleteNamespace('relay-upgrade');
  },
  'run kubectl': () => relay.kubectl('rollout', 'restart', 'deployment/relay-post'),
  'run helm': () => releaseIn('relay-upgrade').helm('upgrade', 'relay', 'charts/relay'),
  'run a command in a pod': () => relay.exec('relay-redis-0', 'redis-cli', 'FLUSHALL'),
  'wait for the release': () => relay.settled(),
  'read a Secret': () => relay.secret('relay-redis'),
  'use Redis and Postgres': async () => {
    await redisCli(relay, 'INFO');
    await psql(relay, 'select\n1');
    await emptyCache(relay);
    await removeTestUsers(relay);
  },
  'ask Prometheus': () => query('up').catch(() => undefined),
  'forward a documented port': async () => {
    const forward = await portForward('kubectl -n relay port-forward svc/relay-post 5001:8081');
    await forward.close();
  },
  'run documented commands': () =>
    runDocumented(`
      kubectl -n relay get pods | cat
      (kubectl -n relay logs "$(kubectl -n relay get pods -o name)" || true)
      bash -c 'helm -n relay history relay'`),
  'scale to zero': () => recovered((recovery) => scaleToZero('deployment/relay-auth', recovery)),
  'deny a service Redis': () => recovered((recovery) => denyRedis('post', recovery)),
  'revoke a right': () => recovered((recovery) => revokeOutboxUpdate(recovery)),
  'fill Redis': () => recovered((recovery) => fillRedis(recovery).write(1)),
  'start a webhook': () => recovered((recovery) => startWebhook(recovery)),
  'change Alertmanager': () =>
    recovered((recovery) => addReceiver('http://10.0.0.1:8080/', recovery)),
  'shorten windows': () =>
    recovered((recovery) => shortenWindows(recovery)).catch((error: unknown) => {
      expect(String(error)).toContain('refused by the test');
    }),
};

let recorded: RecordedCluster;
// Once: the client of the API is connected at its first use and kept.
beforeAll(async () => {
  recorded = await startRecordedCluster(CONTEXT);
});
afterAll(() => recorded.close());
beforeEach(async () => {
  await recorded.clear();
  useEnvironment(recorded.environment);
});

it.each(Object.keys(ACTIONS))('names the cluster to %s', async (name) => {
  await ACTIONS[name]!();
  const calls = await recorded.calls();
  expect([...calls, ...recorded.requests.named]).not.toEqual([]);
  expect(unnamed(calls, CONTEXT)).toEqual([]);
  expect(recorded.requests.current).toEqual([]);
});

const podOn = (nodeName: string) => ({
  metadata: { name: 'relay-auth-1' },
  spec: { nodeName, containers: [] },
});

it('refuses to stop a process on a node of another cluster', () => {
  expect(nodeOf(podOn('relay-worker'))).toBe('relay-worker');
  expect(() => nodeOf(podOn('prod-eu-worker'))).toThrow(
    'relay-auth-1 is on prod-eu-worker, which is no node of kind-relay',
  );
});

async function recovered(inject: (recovery: AsyncDisposableStack) => unknown): Promise<void> {
  await using recovery = new AsyncDisposableStack();
  await inject(recovery);
}
