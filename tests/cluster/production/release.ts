import { generateKeyPairSync } from 'node:crypto';

import { imageValues } from '../../../tools/cluster/images.ts';
import { eventually } from '../../../tools/kit/wait.ts';
import { createNamespace, deleteNamespace, releaseIn, type Release } from '../support/cluster.ts';
import { thisVersion } from '../support/versions.ts';
import { createSecret } from './secret.ts';
import type { Stores } from './stores.ts';

const NAMESPACE = 'relay-production';
/** Of values-production.yaml. */
export const HOST = 'relay.example.com';

/** A release with the values for production. */
export interface ProductionRelease extends Release {
  /** Installs or upgrades it. */
  deploy(values: Record<string, string>): Promise<void>;
  remove(): Promise<void>;
}

/** Creates the namespace with the Secrets and the ConfigMap that the values name. */
export async function createRelease({ passwords, ca }: Stores): Promise<ProductionRelease> {
  await createNamespace(NAMESPACE, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const release = releaseIn(NAMESPACE);
  const { kubectl, helm } = release;
  await createSecret(kubectl, 'relay-postgres', {
    'owner-password': passwords.owner,
    'auth-password': passwords.auth,
    'post-password': passwords.post,
  });
  await createSecret(kubectl, 'relay-redis', {
    'auth-password': passwords.auth,
    'post-password': passwords.post,
  });
  await createSecret(kubectl, 'relay-signing-keys', { 'current.pem': newSigningKey() });
  await kubectl.apply({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'relay-ca' },
    data: { 'ca.crt': ca },
  });
  const { chart, images } = await thisVersion();
  async function assertScaled(): Promise<void> {
    const [auth, post] = await Promise.all([release.pods('auth'), release.pods('post')]);
    if (auth.length < 2 || post.length < 3) throw new Error(`${auth.length} and ${post.length}`);
  }

  return {
    ...release,
    async deploy(values) {
      const files = [`${chart}/values-production.yaml`, 'tests/cluster/production/values.yaml'];
      await helm(
        'upgrade',
        '--install',
        'relay',
        chart,
        ...files.map((file) => `--values=${file}`),
        ...imageValues(images),
        ...Object.entries(values).map(([name, value]) => `--set=${name}=${value}`),
        '--wait',
        '--timeout=5m',
      );
      await eventually('the autoscalers have made their pods', assertScaled, { withinMs: 60_000 });
      await release.settled();
    },
    remove: () => deleteNamespace(NAMESPACE),
  };
}

function newSigningKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
}
