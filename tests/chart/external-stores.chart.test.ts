import { Client } from 'pg';
import { describe, expect, it } from 'vitest';

import { HelmError, render } from './helm.ts';
import { containersOf, environmentOf, workloads } from './manifests.ts';

const external = (postgres: object, redis: object = {}) => ({
  postgres: { enabled: false },
  redis: { enabled: false },
  externalPostgres: { host: 'postgres.example.com', existingSecret: 'theirs', ...postgres },
  externalRedis: { host: 'redis.example.com', existingSecret: 'their-redis', ...redis },
});

async function containerOf(component: string, values: object) {
  const pods = workloads(await render({ values }));
  return pods.find((one) => one.component === component)!.pod.containers[0]!;
}

const urlOf = async (component: string, variable: string, values: object) =>
  environmentOf(await containerOf(component, values))[variable]!;

describe('the URL of an external Postgres', () => {
  it.each<[string, object, object]>([
    ['a host', {}, { host: 'postgres.example.com', user: 'auth', database: 'relay' }],
    ['an IPv6 address', { host: '2001:db8::1' }, { host: '2001:db8::1' }],
    ['one in brackets', { host: '[2001:db8::1]' }, { host: '2001:db8::1' }],
    ['a user with an @', { users: { auth: 'auth@server' } }, { user: 'auth@server' }],
    ['a user with everything', { users: { auth: 'ü n:/?#%$' } }, { user: 'ü n:/?#%$' }],
    [
      'a user that is encoded already',
      { users: { auth: 'auth%40server' } },
      { user: 'auth@server' },
    ],
    ['a database with everything', { database: 'é l;/:@&=+$,%' }, { database: 'é l;/:@&=+$,%' }],
  ])('leads to %s', async (_what, values, expected) => {
    const url = await urlOf('auth', 'DATABASE_URL', external(values));
    expect(new Client(url)).toMatchObject(expected);
    expect(new URL(url).port).toBe('5432');
  });

  it('of the owner is encoded too', async () => {
    const values = external({ users: { owner: 'owner@server' } });
    const url = await urlOf('post-migrate', 'OWNER_DATABASE_URL', values);
    expect(new Client(url)).toMatchObject({ user: 'owner@server' });
  });
});

it.each([
  [{ host: '2001:db8::2' }, '[2001:db8::2]', 'auth'],
  [{ users: { auth: 'au:th@x' } }, 'redis.example.com', 'au:th@x'],
  [{ users: { auth: '' } }, 'redis.example.com', ''],
])('the URL of an external Redis with %j leads to it', async (redis, host, user) => {
  const url = new URL(await urlOf('auth', 'REDIS_URL', external({}, redis)));
  expect(url.hostname).toBe(host);
  expect(decodeURIComponent(url.username)).toBe(user);
});

it.each([
  ['a database name with a question mark', { database: 'a?b' }],
  ['a URL as the host', { host: 'postgres://postgres.example.com' }],
])('%s is refused', async (_what, values) => {
  await expect(render({ values: external(values) })).rejects.toThrow(HelmError);
});

/** The Secret and key that each password comes from, by component and variable. */
async function passwordsOf(values: object): Promise<Record<string, string>> {
  const pods = workloads(await render({ values }));
  return Object.fromEntries(
    pods.flatMap(({ component, pod }) =>
      containersOf(pod).flatMap(({ env = [] }) =>
        env.flatMap(({ name, valueFrom }) => {
          const { name: secret, key } = valueFrom?.secretKeyRef ?? {};
          return secret ? [[`${component} ${name}`, `${secret} ${key}`]] : [];
        }),
      ),
    ),
  );
}

describe('passwords', () => {
  it('come from a Secret for each user, as CloudNativePG makes them', async () => {
    const values = external({
      existingSecret: '',
      secrets: { owner: 'relay-app', auth: 'relay-auth', post: 'relay-post' },
      secretKeys: { owner: 'password', auth: 'password', post: 'password' },
    });
    expect(await passwordsOf(values)).toMatchObject({
      'auth DATABASE_PASSWORD': 'relay-auth password',
      'post DATABASE_PASSWORD': 'relay-post password',
      'auth-migrate DATABASE_PASSWORD': 'relay-auth password',
      'auth-migrate OWNER_DATABASE_PASSWORD': 'relay-app password',
      'auth REDIS_PASSWORD': 'their-redis auth-password',
    });
  });

  it('come from keys of other names, of an external Redis too', async () => {
    const secretKeys = { auth: 'redis-password', post: 'redis-password' };
    expect(await passwordsOf(external({}, { secretKeys }))).toMatchObject({
      'auth REDIS_PASSWORD': 'their-redis redis-password',
      'post REDIS_PASSWORD': 'their-redis redis-password',
    });
    expect(
      await passwordsOf(external({}, { existingSecret: '', secrets: { post: 'one' } })),
    ).not.toHaveProperty('auth REDIS_PASSWORD');
  });

  it('of the bundled stores come from keys of other names', async () => {
    const values = {
      postgres: { existingSecret: 'pg', secretKeys: { owner: 'o', exporter: 'e', auth: 'a' } },
      redis: { existingSecret: 'cache', secretKeys: { operator: 'op', post: 'p' } },
    };
    expect(await passwordsOf(values)).toMatchObject({
      'auth DATABASE_PASSWORD': 'pg a',
      'post-migrate OWNER_DATABASE_PASSWORD': 'pg o',
      'redis REDISCLI_AUTH': 'cache op',
      'post REDIS_PASSWORD': 'cache p',
    });
    const files = workloads(await render({ values })).flatMap(({ component, pod }) =>
      (pod.volumes ?? []).flatMap(({ secret }) =>
        (secret?.items ?? []).map(({ key, path }) => `${component} ${path}: ${key}`),
      ),
    );
    expect(files).toEqual(
      expect.arrayContaining([
        'redis operator-password: op',
        'redis auth-password: auth-password',
        'redis post-password: p',
        'postgres owner-password: o',
        'postgres exporter-password: e',
        'postgres-exporter exporter-password: e',
      ]),
    );
  });

  it('that the chart creates have their own keys, regardless of the values', async () => {
    const values = { postgres: { secretKeys: { auth: 'a' } } };
    expect(await passwordsOf(values)).toMatchObject({
      'auth DATABASE_PASSWORD': 'relay-postgres auth-password',
    });
  });
});

it('certificates and headers come from keys of other names', async () => {
  const values = {
    ...external({}),
    caBundle: { existingConfigMap: 'trust', key: 'bundle.pem' },
    tracing: { endpoint: 'http://collector:4318', existingSecret: 'otlp', secretKey: 'auth' },
  };
  expect(await urlOf('auth', 'NODE_EXTRA_CA_CERTS', values)).toBe('/run/ca/bundle.pem');
  expect(await passwordsOf(values)).toMatchObject({
    'post OTEL_EXPORTER_OTLP_HEADERS': 'otlp auth',
  });
});
