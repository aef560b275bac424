import { describe, expect, it } from 'vitest';

import { render, renderSecretsOver } from './helm.ts';
import { ofKind } from './manifests.ts';

const COMPLETE: Record<string, Record<string, string>> = {
  'relay-postgres': secretWith('postgres', 'owner', 'auth', 'post', 'exporter'),
  'relay-redis': secretWith('operator', 'auth', 'post', 'exporter'),
  'relay-signing-keys': { 'current.pem': 'a key' },
};

describe('where Secrets are there already, the chart', () => {
  it('leaves them alone', async () => {
    expect(await renderSecretsOver({ secrets: COMPLETE })).toEqual([]);
  });

  it('makes those that are missing, and no other', async () => {
    const made = await renderSecretsOver({
      secrets: { 'relay-redis': COMPLETE['relay-redis']! },
    });
    expect(made.map(({ metadata }) => metadata.name)).toEqual([
      'relay-postgres',
      'relay-signing-keys',
    ]);
    const first = ofKind(await render(), 'Secret');
    expect(made.map(({ data = {} }) => Object.keys(data).toSorted())).toEqual(
      first
        .filter(({ metadata }) => metadata.name !== 'relay-redis')
        .map(({ data = {} }) => Object.keys(data).toSorted()),
    );
  });

  it.each([
    ['relay-postgres', 'exporter-password'],
    ['relay-redis', 'operator-password'],
    ['relay-signing-keys', 'current.pem'],
  ])('adds to %s the key %s that it lacks, and changes none', async (name, key) => {
    const { [key]: _lost, ...rest } = COMPLETE[name]!;
    const known = { ...rest, 'previous.pem': "somebody's own: yes\n" };
    const [completed, ...others] = await renderSecretsOver({
      secrets: { ...COMPLETE, [name]: known },
    });
    expect(others).toEqual([]);
    const { [key]: added, ...kept } = decodedData(completed?.data);
    expect(completed?.metadata.name).toBe(name);
    expect(kept).toEqual(known);
    expect(added?.length).toBeGreaterThanOrEqual(32);
  });

  it('replaces an incomplete Secret, since Helm 3 cannot add to an existing one', async () => {
    const [completed] = await renderSecretsOver({
      secrets: { ...COMPLETE, 'relay-redis': secretWith('auth') },
    });
    const annotations = completed?.metadata.annotations;
    expect(annotations?.['helm.sh/hook-delete-policy']).toBe('before-hook-creation');
  });
});

function secretWith(...users: string[]): Record<string, string> {
  return Object.fromEntries(users.map((user) => [`${user}-password`, `${user}'s`]));
}

function decodedData(data: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()]),
  );
}
