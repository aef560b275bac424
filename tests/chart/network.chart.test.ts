import { describe, expect, it } from 'vitest';

import {
  refusedByKubernetes,
  render,
  renderPoliciesOver,
  renderText,
  type Installation,
} from './helm.ts';
import { ofKind } from './manifests.ts';
import { allows, halfOf, type Direction, type Peer } from './network-policies.ts';
import { portsOf, releasePods, strangers } from './network-world.ts';
import { scenarios } from './scenarios.ts';
import { addressesCalled, resolvePort, routes } from './wiring.ts';

/** With Postgres and Redis. */
const SERVICES = ['auth', 'post'];
const MIGRATIONS = ['auth-migrate', 'post-migrate'];
const OWN = '(auth|post|web|redis|postgres|test|[a-z]+-exporter|[a-z]+-migrate)';

/** To the web service, which calls nothing. */
const WEB = ['ingress controller -> web:8080', 'Prometheus -> web:8081', 'test -> web:8080'];

/** Every connection that is needed within a release with Redis and Postgres, as `from -> to:port`. */
const BUNDLED = [
  ...SERVICES.flatMap((service) => [
    `ingress controller -> ${service}:8080`,
    `Prometheus -> ${service}:8081`,
    `${service} -> redis:6379`,
    `${service} -> postgres:5432`,
    `test -> ${service}:8080`,
  ]),
  ...WEB,
  // The keys that verify tokens.
  'post -> auth:8080',
  ...MIGRATIONS.map((job) => `${job} -> postgres:5432`),
  'redis-exporter -> redis:6379',
  'postgres-exporter -> postgres:5432',
  'Prometheus -> redis-exporter:9121',
  'Prometheus -> postgres-exporter:9187',
  ...dns([...SERVICES, ...MIGRATIONS, 'redis-exporter', 'postgres-exporter', 'test']),
];

/** The same with neither; their addresses are in the blocks that the values give. */
const EXTERNAL = [
  ...SERVICES.flatMap((service) => [
    `ingress controller -> ${service}:8080`,
    `Prometheus -> ${service}:8081`,
    `${service} -> their Redis:6380`,
    `${service} -> their Postgres:6432`,
    `test -> ${service}:8080`,
  ]),
  ...WEB,
  'post -> auth:8080',
  ...MIGRATIONS.map((job) => `${job} -> their Postgres:6432`),
  ...dns([...SERVICES, ...MIGRATIONS, 'test']),
];

/** Every TCP port that is tried where nothing is bundled. */
const ALL_TCP = portsOf(strangers({ release: 'relay', namespace: 'relay' }))
  .filter(({ protocol }) => protocol === 'TCP')
  .map(({ port }) => port);

function dns(components: string[]): string[] {
  // Cloud DNS is where the metadata service is.
  const resolvers = ['DNS', 'DNS cache', 'DNS of a node', 'metadata service'];
  return components.flatMap((from) =>
    resolvers.flatMap((to) => [`${from} -> ${to}:53/UDP`, `${from} -> ${to}:53`]),
  );
}

/** Every connection with a pod of the release at one end, or both, that its policies allow. */
async function allowedConnections(
  installation: Installation,
  direction?: Direction,
): Promise<string[]> {
  const { release = 'relay', namespace = 'relay' } = installation;
  const manifests = await render(installation);
  const beside = await render({ ...installation, release: 'beside', namespace });
  // Helm gives each object the namespace.
  const policies = ofKind([...manifests, ...beside], 'NetworkPolicy').map(
    ({ metadata: { name }, spec }) => ({ metadata: { name, namespace }, spec }),
  );
  const judged = direction ? halfOf(policies, direction) : policies;
  const own = releasePods(manifests, namespace);
  const others = [
    ...strangers({ release, namespace }),
    ...releasePods(beside, namespace).map((pod) => ({ ...pod, name: `${pod.name} beside` })),
  ];
  const pairs = own.flatMap((pod) => [
    ...own.map((other): [Peer, Peer] => [pod, other]),
    ...others.flatMap((other): [Peer, Peer][] => [
      [pod, other],
      [other, pod],
    ]),
  ]);
  return pairs.flatMap(([from, to]) =>
    portsOf([...own, ...others]).flatMap(({ port, protocol }) =>
      allows(judged, { from, to, port, protocol })
        ? [`${from.name} -> ${to.name}:${port}${protocol === 'UDP' ? '/UDP' : ''}`]
        : [],
    ),
  );
}

describe('the network policies allow every connection that is needed, and no other,', () => {
  it.each<[string, Installation]>([
    ['with the defaults', scenarios['with its defaults']],
    ['on kind', scenarios['on kind']],
    ['under another name, in another namespace', scenarios['under another name']],
  ])('%s', async (_name, installation) => {
    expect(new Set(await allowedConnections(installation))).toEqual(new Set(BUNDLED));
  });

  it('with nothing bundled', async () => {
    const { values } = scenarios['with nothing bundled'];
    const externalRedis = { ...values.externalRedis, cluster: false };
    const allowed = await allowedConnections({ values: { ...values, externalRedis } });
    expect(new Set(allowed)).toEqual(new Set(EXTERNAL));
  });

  it('with a Redis Cluster: its other nodes may have any port', async () => {
    const allowed = await allowedConnections(scenarios['with nothing bundled']);
    const toNodes = SERVICES.flatMap((service) =>
      ALL_TCP.map((port) => `${service} -> their Redis:${port}`),
    );
    expect(new Set(allowed)).toEqual(new Set([...EXTERNAL, ...toNodes]));
  });

  it('with a Sentinel, and the Redis servers at the addresses it returns', async () => {
    const { values } = scenarios['with nothing bundled'];
    const sentinel = { master: 'main', redisPort: 6432 };
    const externalRedis = { ...values.externalRedis, cluster: false, sentinel };
    const allowed = await allowedConnections({ values: { ...values, externalRedis } });
    const toServers = SERVICES.map((service) => `${service} -> their Redis:6432`);
    expect(new Set(allowed)).toEqual(new Set([...EXTERNAL, ...toServers]));
  });

  it('with a Redis Cluster without its address ranges', async () => {
    const { values } = scenarios['with an external Redis'];
    const externalRedis = { ...values.externalRedis, cidrs: [] };
    const allowed = await allowedConnections({ values: { ...values, externalRedis } });
    const out = allowed.filter((one) => one.includes('-> internet'));
    expect(out).toEqual(SERVICES.map((service) => `${service} -> internet:6380`));
  });

  it('with tracing', async () => {
    const allowed = await allowedConnections(scenarios['with tracing']);
    const traces = [...SERVICES, 'web'].map((service) => `${service} -> collector:4318`);
    expect(new Set(allowed)).toEqual(new Set([...BUNDLED, ...traces, ...dns(['web'])]));
  });

  it('without the page', async () => {
    const allowed = await allowedConnections(scenarios['without the page']);
    expect(new Set(allowed)).toEqual(new Set(BUNDLED.filter((one) => !WEB.includes(one))));
  });

  it('without exporters', async () => {
    const allowed = await allowedConnections(scenarios['without exporters']);
    expect(new Set(allowed)).toEqual(new Set(BUNDLED.filter((one) => !one.includes('exporter'))));
  });
});

it('the required connections are those in the settings of the pods, the Ingress and Prometheus', async () => {
  const manifests = await render(scenarios['on kind']);
  const calls = addressesCalled(manifests).map(({ component, address }) => {
    const [service, port] = address.split(':') as [string, string];
    return `${component} -> ${componentOf(service)}:${resolvePort(manifests, service, Number(port))}`;
  });
  const routed = routes(manifests).map(
    ({ service, port }) => `ingress controller -> ${componentOf(service)}:${port}`,
  );
  const watched = ofKind(manifests, 'ServiceMonitor').map(({ metadata: { name }, spec }) => {
    const port = resolvePort(manifests, name, spec.endpoints[0]!.port!);
    return `Prometheus -> ${componentOf(name)}:${port}`;
  });
  const needed = BUNDLED.filter((connection) => !/:53(\/UDP)?$/.test(connection));
  expect(new Set([...calls, ...routed, ...watched])).toEqual(new Set(needed));
});

describe('the network policies', () => {
  it.each<[string, Direction, RegExp]>([
    ['into', 'Ingress', new RegExp(` -> ${OWN}:`)],
    ['out of', 'Egress', new RegExp(`^${OWN} -> `)],
  ])('let no more %s a pod than is needed, were they alone', async (_way, direction, ownEnd) => {
    const allowed = await allowedConnections(scenarios['with its defaults'], direction);
    expect(new Set(allowed.filter((one) => ownEnd.test(one)))).toEqual(
      new Set(BUNDLED.filter((one) => ownEnd.test(one))),
    );
  });

  it('let the services out to an external store on its port alone, if its address is not set', async () => {
    const allowed = await allowedConnections(scenarios['in production']);
    const out = allowed.filter((one) => one.includes('-> internet'));
    expect(new Set(out)).toEqual(
      new Set([
        ...SERVICES.flatMap((from) => [`${from} -> internet:5432`, `${from} -> internet:6379`]),
        ...MIGRATIONS.map((from) => `${from} -> internet:5432`),
      ]),
    );
    expect(allowed.filter((one) => /^\S+ -> (auth|post):(5432|6379)$/.test(one))).toEqual([]);
  });

  it.each(['::/0', '2001:db8::/32', '0.0.0.0/0'])('take the range %s', async (cidr) => {
    const { values } = scenarios['with nothing bundled'];
    const external = (store: object) => ({ ...store, cidrs: [cidr] });
    const installation = {
      values: {
        ...values,
        externalPostgres: external(values.externalPostgres),
        externalRedis: external(values.externalRedis),
      },
    };
    expect(await refusedByKubernetes(await renderText(installation))).toEqual([]);
    const policies = ofKind(await render(installation), 'NetworkPolicy');
    const peers = policies
      .find(({ metadata }) => metadata.name === 'relay-auth')!
      .spec.egress!.flatMap(({ to = [] }) => to);
    expect(peers.filter(({ ipBlock }) => ipBlock?.cidr === cidr)).toHaveLength(2);
  });

  it('take the port of the collector from its URL', async () => {
    const endpoints = { 'http://traces.example': 80, 'https://traces.example/v1': 443 };
    for (const [endpoint, port] of Object.entries(endpoints)) {
      const allowed = await allowedConnections({ values: { tracing: { endpoint } } });
      const out = allowed.filter((one) => one.includes('-> internet'));
      expect(out).toEqual([...SERVICES, 'web'].map((service) => `${service} -> internet:${port}`));
    }
  });

  it.each<[string, string]>([
    ['ingressFrom', 'ingress controller ->'],
    ['metricsFrom', 'Prometheus ->'],
    ['dnsTo', ':53'],
  ])('treat an empty %s as no peer, not as every peer', async (list, connections) => {
    const installation = { values: { networkPolicy: { [list]: [] } } };
    expect(await refusedByKubernetes(await renderText(installation))).toEqual([]);
    const left = BUNDLED.filter((connection) => !connection.includes(connections));
    expect(new Set(await allowedConnections(installation))).toEqual(new Set(left));
  });

  it.each([
    ['on EKS Auto Mode', ['DNS of EKS Auto Mode:53', 'DNS of a node:53']],
    ['on OpenShift', ['DNS of OpenShift:5353']],
  ] as const)('lead to the resolver %s', async (where, resolvers) => {
    const allowed = await allowedConnections(scenarios[where]);
    const lookUps = allowed.filter((one) => /^post -> .*:53(53)?$/.test(one));
    expect(lookUps.toSorted()).toEqual(resolvers.map((resolver) => `post -> ${resolver}`));
  });

  it('lead to a NodeLocal DNSCache in iptables mode, at the address of the DNS Service', async () => {
    const nodeLocalDns = { enabled: true, addresses: ['10.96.0.10', 'fd00::a'] };
    const values = { networkPolicy: { nodeLocalDns } };
    expect(await refusedByKubernetes(await renderText({ values }))).toEqual([]);
    const allowed = await allowedConnections({ values });
    const callers = BUNDLED.filter((one) => one.includes('-> DNS:'));
    const added = callers.map((one) => one.replace('-> DNS:', '-> DNS Service:'));
    expect(new Set(allowed)).toEqual(new Set([...BUNDLED, ...added]));
  });

  it.each<[string, readonly string[] | undefined, RegExp]>([
    ['is not there', [], /give networkPolicy.nodeLocalDns.addresses/],
    ['may not be read', undefined, /error calling lookup/],
  ])('are refused where the DNS Service %s', async (_what, dnsAddresses, message) => {
    const networkPolicy = { nodeLocalDns: { enabled: true } };
    const objects = dnsAddresses ? { dnsAddresses } : {};
    const refused = renderPoliciesOver(objects, { values: { networkPolicy } });
    await expect(refused).rejects.toThrow(message);
    // Without such a cache no permission to read it is needed.
    await expect(renderPoliciesOver(objects, {})).resolves.toHaveLength(11);
  });

  it('take the address of the DNS Service from the cluster', async () => {
    const networkPolicy = { nodeLocalDns: { enabled: true } };
    const dnsAddresses = ['10.96.0.10', 'fd00::a'];
    const policies = await renderPoliciesOver({ dnsAddresses }, { values: { networkPolicy } });
    const auth = policies.find(({ metadata }) => metadata.name === 'relay-auth')!;
    expect(auth.spec.egress![0]!.to).toEqual(
      expect.arrayContaining([
        { ipBlock: { cidr: '10.96.0.10/32' } },
        { ipBlock: { cidr: 'fd00::a/128' } },
      ]),
    );
  });

  it('allow every pod the connections that the values add', async () => {
    const mesh = [
      { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'elsewhere' } } },
    ];
    const port = { protocol: 'TCP', port: 4318 };
    const networkPolicy = {
      extraIngress: [{ from: mesh, ports: [port] }],
      extraEgress: [{ to: mesh, ports: [port] }],
    };
    const added = new Set(await allowedConnections({ values: { networkPolicy } })).difference(
      new Set(BUNDLED),
    );
    const pods = [...SERVICES, 'web', ...MIGRATIONS, 'redis', 'postgres', 'test'];
    for (const pod of [...pods, 'redis-exporter', 'postgres-exporter']) {
      expect(added).toContain(`${pod} -> pod that poses as auth:4318`);
      expect(added).toContain(`pod that poses as auth -> ${pod}:4318`);
    }
    expect([...added].filter((one) => !one.endsWith(':4318'))).toEqual([]);
  });

  it('are left out where they are not wanted', async () => {
    const manifests = await render(scenarios['without network policies']);
    expect(ofKind(manifests, 'NetworkPolicy')).toEqual([]);
  });
});

function componentOf(service: string): string {
  return service.replace('relay-', '');
}
