import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createNamespace, deleteNamespace, relay, type Component } from './support/cluster.ts';
import { reach, reached, type Address } from './support/reach.ts';
import { startTestPod, type TestPod } from './support/test-pod.ts';

const OUTSIDE = 'relay-outside';
/** Every pod reaches it: the control for a pod that reaches nothing else. */
const API_SERVER: Address = ['kubernetes.default.svc', 443];

/** Every port of the release, by the name of its Service. */
const SERVICES: Record<string, Address> = {
  auth: ['relay-auth', 80],
  'auth admin': ['relay-auth', 8081],
  post: ['relay-post', 80],
  'post admin': ['relay-post', 8081],
  web: ['relay-web', 80],
  'web admin': ['relay-web', 8081],
  redis: ['relay-redis', 6379],
  postgres: ['relay-postgres', 5432],
  'redis-exporter': ['relay-redis-exporter', 9121],
  'postgres-exporter': ['relay-postgres-exporter', 9187],
};

/** The same ports by the addresses of the pods. */
let pods: Record<string, Address>;

beforeAll(async () => {
  const [auth, post, web, redis, postgres, redisExporter, postgresExporter] = await Promise.all(
    (
      ['auth', 'post', 'web', 'redis', 'postgres', 'redis-exporter', 'postgres-exporter'] as const
    ).map(addressOf),
  );
  pods = {
    auth: [auth!, 8080],
    'auth admin': [auth!, 8081],
    post: [post!, 8080],
    'post admin': [post!, 8081],
    web: [web!, 8080],
    'web admin': [web!, 8081],
    redis: [redis!, 6379],
    postgres: [postgres!, 5432],
    'redis-exporter': [redisExporter!, 9121],
    'postgres-exporter': [postgresExporter!, 9187],
  };
});

describe('a service reaches only its dependencies', () => {
  test.for([
    { service: 'auth', dependencies: ['redis', 'postgres'] },
    // auth serves the keys that verify tokens.
    { service: 'post', dependencies: ['auth', 'redis', 'postgres'] },
    { service: 'web', dependencies: [] },
  ])('$service', async ({ service, dependencies }, { annotate }) => {
    const exec = (...command: string[]) => relay.exec(`deployment/relay-${service}`, ...command);
    const others = (results: Record<string, string>) =>
      // NetworkPolicies do not apply to a pod's connections to itself.
      reached(results).filter((name) => name !== service && name !== `${service} admin`);
    expect(others(await reach(exec, SERVICES))).toEqual(dependencies);
    const results = await reach(exec, pods);
    expect(others(results)).toEqual(dependencies);
    await annotate(`${service} reaches ${dependencies.join(', ')}; not ${refused(results)}`);
  });
});

describe('a pod outside', () => {
  let testPod: TestPod;

  beforeAll(async () => {
    await createNamespace(OUTSIDE, {});
    // The release's labels in another namespace must not matter.
    const labels = {
      'app.kubernetes.io/name': 'relay',
      'app.kubernetes.io/instance': 'relay',
      'app.kubernetes.io/component': 'post',
    };
    testPod = await startTestPod({ namespace: OUTSIDE, name: 'test-pod', labels });
  });
  afterAll(() => deleteNamespace(OUTSIDE));

  test("reaches none of the release's ports, by name or by address", async ({ annotate }) => {
    const byName = Object.fromEntries(
      Object.entries(SERVICES).map(([name, [host, port]]) => [
        name,
        [`${host}.${relay.namespace}.svc`, port] as const,
      ]),
    );
    const viaServices = await reach(testPod.exec, byName);
    expect(reached(viaServices)).toEqual([]);
    const viaPods = await reach(testPod.exec, pods);
    expect(reached(viaPods)).toEqual([]);
    await annotate(`refused: ${refused(viaPods)}`);
  });

  test('has a network', async () => {
    const results = await reach(testPod.exec, { 'Kubernetes API': API_SERVER });
    expect(results).toEqual({ 'Kubernetes API': 'reached' });
  });
});

describe("a pod in the release's namespace without its labels", () => {
  let testPod: TestPod;

  beforeAll(async () => {
    const { namespace } = relay;
    testPod = await startTestPod({ namespace, name: 'relay-test-pod', labels: {} });
  });
  afterAll(() => testPod.remove());

  test("reaches none of the release's ports, and has a network", async ({ annotate }) => {
    const results = await reach(testPod.exec, { ...pods, 'Kubernetes API': API_SERVER });
    expect(reached(results)).toEqual(['Kubernetes API']);
    await annotate(`refused: ${refused(results)}`);
  });
});

async function addressOf(component: Component): Promise<string> {
  const [pod] = await relay.pods(component);
  return pod!.status!.podIP!;
}

function refused(results: Record<string, string>): string {
  const names = Object.keys(results).filter((name) => results[name] !== 'reached');
  return names.map((name) => `${name} (${results[name]})`).join(', ');
}
