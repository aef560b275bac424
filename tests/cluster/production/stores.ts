import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { findProgram, makeCertificate } from '@relay/dev-servers';

import { run } from '../../../tools/kit/exec.ts';
import type { Kubectl } from '../../../tools/kit/kubectl.ts';
import { createNamespace, deleteNamespace, releaseIn } from '../support/cluster.ts';
import { settings } from '../support/settings.ts';
import { serviceUsers } from './redis-users.ts';
import { createSecret } from './secret.ts';

const NAMESPACE = 'relay-stores';
const MANIFESTS = path.join(import.meta.dirname, 'manifests');
const DOMAIN = `${NAMESPACE}.svc.cluster.local`;
/** The names under which clients and servers reach a store. */
const SERVER_NAMES = [
  'postgres',
  `pgbouncer.${DOMAIN}`,
  ...['redis-cluster', 'redis-ha', 'redis-sentinel'].flatMap((name) => [
    `${name}.${DOMAIN}`,
    `*.${name}.${DOMAIN}`,
  ]),
];

export const HOSTS = {
  redisCluster: `redis-cluster.${DOMAIN}`,
  sentinel: `redis-sentinel.${DOMAIN}`,
} as const;

/** The stores of a production-like release, in a namespace of their own. */
export interface Stores {
  passwords: Passwords;
  /** The PEM of the authority that signed all certificates. */
  ca: string;
  kubectl: Kubectl;
  /** Runs a command in a pod or the first pod of a workload. */
  exec(target: string, ...command: string[]): Promise<string>;
  apply(manifest: string): Promise<void>;
  remove(): Promise<void>;
}

type Passwords = Record<'superuser' | 'replication' | 'owner' | 'auth' | 'post' | 'redis', string>;

/** Creates the namespace with certificates, passwords and the image of the pooler. No store runs yet. */
export async function createStores(): Promise<Stores> {
  const { kubectl, exec } = releaseIn(NAMESPACE);
  await createNamespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  await loadPooler();
  const passwords = newPasswords();
  const { tls, ca } = await certificates();
  await createSecret(kubectl, 'stores-tls', tls);
  await createSecret(kubectl, 'stores', {
    'superuser-password': passwords.superuser,
    'replication-password': passwords.replication,
    'owner-password': passwords.owner,
    'redis-password': passwords.redis,
  });
  await createSecret(kubectl, 'redis-users', { 'users.acl': await serviceUsers(passwords) });
  await createSecret(kubectl, 'pgbouncer', pooler(passwords));
  return {
    passwords,
    ca,
    kubectl,
    exec,
    async apply(manifest) {
      await kubectl('apply', '--filename', path.join(MANIFESTS, `${manifest}.yaml`));
    },
    remove: () => deleteNamespace(NAMESPACE),
  };
}

async function loadPooler(): Promise<void> {
  const image = 'relay-pgbouncer:test';
  const dockerfile = path.join(import.meta.dirname, 'pgbouncer.Dockerfile');
  await run('docker', ['build', '--tag', image, '--file', dockerfile, import.meta.dirname]);
  await run('kind', ['load', 'docker-image', image, '--name', settings.kindCluster!]);
}

function newPasswords(): Passwords {
  const names = ['superuser', 'replication', 'owner', 'auth', 'post', 'redis'] as const;
  const entries = names.map((name) => [name, randomBytes(12).toString('hex')]);
  return Object.fromEntries(entries) as Passwords;
}

async function certificates(): Promise<{ tls: Record<string, string>; ca: string }> {
  const dir = await mkdtemp(path.join(tmpdir(), 'relay-stores-'));
  try {
    const openssl = await findProgram('openssl');
    if (openssl === undefined) throw new Error('openssl is not on the PATH');
    const names = SERVER_NAMES.map((name) => `DNS:${name}`);
    const { files, ca } = await makeCertificate({ openssl, dir, names });
    const [certificate, key] = await Promise.all(
      [files.certFile, files.keyFile].map((file) => readFile(file, 'utf8')),
    );
    return { tls: { 'server.crt': certificate!, 'server.key': key!, 'ca.crt': ca }, ca };
  } finally {
    await rm(dir, { recursive: true });
  }
}

/**
 * PgBouncer's configuration and users. It logs in to Postgres with the passwords of its clients. Its time limit for a
 * connection is short, since after a failover the first attempt may go to the pod that has just ended.
 */
function pooler(passwords: Passwords): Record<string, string> {
  const users = { relay_owner: passwords.owner, auth: passwords.auth, post: passwords.post };
  const lines = Object.entries(users).map(([name, password]) => `"${name}" "${password}"`);
  return {
    'users.txt': `${lines.join('\n')}\n`,
    'pgbouncer.ini': `[databases]
relay = host=postgres port=5432 dbname=relay
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = 5432
unix_socket_dir =
auth_type = scram-sha-256
auth_file = /etc/pgbouncer/users.txt
pool_mode = transaction
default_pool_size = 15
max_client_conn = 200
client_tls_sslmode = require
client_tls_cert_file = /tls/server.crt
client_tls_key_file = /tls/server.key
server_tls_sslmode = verify-full
server_tls_ca_file = /tls/ca.crt
server_connect_timeout = 2
server_login_retry = 1
query_wait_timeout = 5
`,
  };
}
