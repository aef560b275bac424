import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { createNamespace, deleteNamespace, relay, type Component } from './support/cluster.ts';
import { reach, reached, type Address } from './support/reach.ts';
import { startStranger, type Stranger } from './support/stranger.ts';

const OUTSIDE = 'relay-outside';
/** What any pod reaches: without it, a pod that reaches nothing would tell nothing. */
const API_SERVER: Address = ['kubernetes.default.svc', 443];

/** Every port of the release, by the names that a pod of it would use. */
const SERVICES: Record<string, Address> = {
  auth: ['relay-auth', 80],
  'auth admin': ['relay-auth', 8081],
  post: ['relay-post', 80],
  'post admin': ['relay-post', 8081],
  redis: ['relay-redis', 6379],
  postgres: ['relay-postgres', 5432],
  'redis-exporter': ['relay-redis-exporter', 9121],
  'postgres-exporter': ['relay-postgres-exporter', 9187],
};

/** The same, past the Services: the pods' own addresses. */
let pods: Record<string, Address>;

beforeAll(async () => {
  const [auth, post, redis, postgres, redisExporter, postgresExporter] = await Promise.all(
    (['auth', 'post', 'redis', 'postgres', 'redis-exporter', 'postgres-exporter'] as const).map(
      addressOf,
    ),
  );
  pods = {
    auth: [auth!, 8080],
    'auth admin': [auth!, 8081],
    post: [post!, 8080],
    'post admin': [post!, 8081],
    redis: [redis!, 6379],
    postgres: [postgres!, 5432],
    'redis-exporter': [redisExporter!, 9121],
    'postgres-exporter': [postgresExporter!, 9187],
  };
});

describe('a service reaches nothing but its own', () => {
  test.for([
    { service: 'auth', its: ['redis', 'postgres'] },
    // The keys that verify tokens come from auth.
    { service: 'post', its: ['auth', 'redis', 'postgres'] },
  ])('$service', async ({ service, its }, { annotate }) => {
    const exec = (...command: string[]) => relay.exec(`deployment/relay-${service}`, ...command);
    const others = (said: Record<string, string>) =>
      // A pod reaches itself, whatever a policy says.
      reached(said).filter((name) => name !== service && name !== `${service} admin`);
    expect(others(await reach(exec, SERVICES))).toEqual(its);
    const said = await reach(exec, pods);
    expect(others(said)).toEqual(its);
    await annotate(`${service} reaches ${its.join(', ')}; not ${refused(said)}`);
  });
});

describe('a pod outside', () => {
  let stranger: Stranger;

  beforeAll(async () => {
    await createNamespace(OUTSIDE, {});
    // Labels make nobody one of ours.
    const labels = {
      'app.kubernetes.io/name': 'relay',
      'app.kubernetes.io/instance': 'relay',
      'app.kubernetes.io/component': 'post',
    };
    stranger = await startStranger({ namespace: OUTSIDE, name: 'stranger', labels });
  });
  afterAll(() => deleteNamespace(OUTSIDE));

  test("reaches none of the release's ports, be it by name or by address", async ({ annotate }) => {
    const byName = Object.fromEntries(
      Object.entries(SERVICES).map(([name, [host, port]]) => [
        name,
        [`${host}.${relay.namespace}.svc`, port] as const,
      ]),
    );
    const viaServices = await reach(stranger.exec, byName);
    expect(reached(viaServices)).toEqual([]);
    const viaPods = await reach(stranger.exec, pods);
    expect(reached(viaPods)).toEqual([]);
    await annotate(`refused: ${refused(viaPods)}`);
  });

  test('has a network all the same', async () => {
    const said = await reach(stranger.exec, { 'Kubernetes API': API_SERVER });
    expect(said).toEqual({ 'Kubernetes API': 'reached' });
  });
});

describe("a pod in the release's namespace that is no part of it", () => {
  let stranger: Stranger;

  beforeAll(async () => {
    const { namespace } = relay;
    stranger = await startStranger({ namespace, name: 'relay-stranger', labels: {} });
  });
  afterAll(() => stranger.remove());

  test("reaches none of the release's ports, and has a network all the same", async ({
    annotate,
  }) => {
    const said = await reach(stranger.exec, { ...pods, 'Kubernetes API': API_SERVER });
    expect(reached(said)).toEqual(['Kubernetes API']);
    await annotate(`refused: ${refused(said)}`);
  });
});

async function addressOf(component: Component): Promise<string> {
  const [pod] = await relay.pods(component);
  return pod!.status!.podIP!;
}

function refused(said: Record<string, string>): string {
  const names = Object.keys(said).filter((name) => said[name] !== 'reached');
  return names.map((name) => `${name} (${said[name]})`).join(', ');
}
