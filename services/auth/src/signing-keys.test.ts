import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';

import { ConfigError } from '@relay/service-kit/process/config';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ensureSigningKeys, readSigningKeys } from './signing-keys.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'relay-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

const ecKey = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const pkcs8 = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' });
const sec1 = (key: KeyObject) => key.export({ type: 'sec1', format: 'pem' });
const put = (name: string, content: string | Buffer) => writeFile(path.join(folder, name), content);

test('makes a key once and keeps it', async () => {
  await ensureSigningKeys(folder);
  const made = await readSigningKeys(folder);
  await ensureSigningKeys(folder);
  expect((await readSigningKeys(folder)).jwks).toEqual(made.jwks);
});

test('makes the folder too, and keeps both from other users', async () => {
  const inner = path.join(folder, 'a', 'b');
  await ensureSigningKeys(inner);
  expect((await stat(inner)).mode & 0o777).toBe(0o700);
  expect((await stat(path.join(inner, 'current.pem'))).mode & 0o777).toBe(0o600);
});

test('concurrent calls create one key', async () => {
  const made = [1, 2, 3].map(async () => {
    await ensureSigningKeys(folder);
    return readSigningKeys(folder);
  });
  const [first, ...others] = await Promise.all(made);
  for (const other of others) expect(other.jwks).toEqual(first!.jwks);
  expect(await readdir(folder)).toEqual(['current.pem']);
});

test('publishes every key, public parts only, and signs with the current one', async () => {
  const current = ecKey('P-256').privateKey;
  await put('current.pem', pkcs8(current));
  await put('2025.pem', pkcs8(ecKey('P-256').privateKey));
  await put('next.pem', pkcs8(ecKey('P-256').privateKey));
  await put('README.md', 'not a key');
  const keys = await readSigningKeys(folder);
  expect(keys.current.privateKey.equals(current)).toBe(true);
  expect(new Set(keys.jwks.keys.map(({ kid }) => kid)).size).toBe(3);
  expect(keys.jwks.keys.map(({ kid }) => kid)).toContain(keys.current.kid);
  for (const key of keys.jwks.keys) {
    expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    expect(key).toMatchObject({ alg: 'ES256', crv: 'P-256', kty: 'EC', use: 'sig' });
  }
});

test('a key keeps its id when its file is renamed', async () => {
  const next = ecKey('P-256').privateKey;
  await put('current.pem', pkcs8(ecKey('P-256').privateKey));
  await put('next.pem', pkcs8(next));
  const before = await readSigningKeys(folder);
  await put('current.pem', pkcs8(next));
  await rm(path.join(folder, 'next.pem'));
  const { kid } = (await readSigningKeys(folder)).current;
  expect(before.jwks.keys.map((key) => key.kid)).toContain(kid);
});

const spki = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' });

test('of a key that only verifies the public half is enough', async () => {
  const retired = ecKey('P-256');
  await ensureSigningKeys(folder);
  await put('old.pem', pkcs8(retired.privateKey));
  const before = await readSigningKeys(folder);
  await put('old.pem', spki(retired.publicKey));
  expect((await readSigningKeys(folder)).jwks).toEqual(before.jwks);
  await put('old.pem', spki(ecKey('P-384').publicKey));
  await expect(readSigningKeys(folder)).rejects.toThrow(
    'old.pem contains no key of the curve P-256',
  );
});

test('a key with two file names is published once', async () => {
  const pem = pkcs8(ecKey('P-256').privateKey);
  await put('current.pem', pem);
  await put('next.pem', pem);
  expect((await readSigningKeys(folder)).jwks.keys).toHaveLength(1);
});

test.each([
  ['PKCS #8', pkcs8],
  ['SEC 1', sec1],
])('reads a key in %s', async (_form, write) => {
  const { privateKey } = ecKey('P-256');
  await put('current.pem', write(privateKey));
  expect((await readSigningKeys(folder)).current.privateKey.equals(privateKey)).toBe(true);
});

const encrypted = () =>
  ecKey('P-256').privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'secret',
  });

test.each<[string, () => string | Buffer, string]>([
  ['another curve', () => pkcs8(ecKey('P-384').privateKey), 'contains no key of the curve P-256'],
  [
    'RSA',
    () => pkcs8(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    'contains no key of the curve P-256',
  ],
  [
    'Ed25519',
    () => pkcs8(generateKeyPairSync('ed25519').privateKey),
    'contains no key of the curve P-256',
  ],
  ['a public key', () => spki(ecKey('P-256').publicKey), 'contains no private key in PEM'],
  ['an encrypted key', encrypted, 'contains no private key in PEM'],
  [
    'a truncated key',
    () => pkcs8(ecKey('P-256').privateKey).slice(0, 80),
    'contains no private key in PEM',
  ],
  ['garbage', () => 'key material', 'contains no private key in PEM'],
  ['nothing', () => '', 'contains no private key in PEM'],
])(
  'rejects %s with the name of the file and none of its content',
  async (_name, content, message) => {
    const pem = content().toString();
    await put('current.pem', pem);
    const error = await readSigningKeys(folder).catch((cause: unknown) => cause);
    const file = path.join(folder, 'current.pem');
    expect(error).toEqual(new ConfigError(`SIGNING_KEYS_DIR: ${file} ${message}`));
    const [, line = 'key material'] = pem.split('\n');
    expect(inspect(error)).not.toContain(line);
  },
);

test('rejects the whole folder for one invalid key that only verifies', async () => {
  await ensureSigningKeys(folder);
  await put('old.pem', 'garbage');
  await expect(readSigningKeys(folder)).rejects.toThrow('old.pem contains no key in PEM');
});

test('names a folder that is missing, and one without a current key', async () => {
  const missing = path.join(folder, 'missing');
  await expect(readSigningKeys(missing)).rejects.toThrow(
    new ConfigError(`SIGNING_KEYS_DIR: the folder ${missing} cannot be read`),
  );
  await expect(readSigningKeys(folder)).rejects.toThrow(
    new ConfigError(`SIGNING_KEYS_DIR: the folder ${folder} has no current.pem`),
  );
});

test('names a file that cannot be read', async () => {
  await mkdir(path.join(folder, 'current.pem'));
  await expect(readSigningKeys(folder)).rejects.toThrow('current.pem cannot be read');
});

test('does not replace an existing key', async () => {
  const pem = sec1(ecKey('P-256').privateKey);
  await put('current.pem', pem);
  await chmod(path.join(folder, 'current.pem'), 0o400);
  await ensureSigningKeys(folder);
  expect(await readFile(path.join(folder, 'current.pem'), 'utf8')).toBe(pem);
});

test('a folder that cannot be created is named with its variable', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  await expect(ensureSigningKeys(path.join(file, 'keys'))).rejects.toThrow(
    `SIGNING_KEYS_DIR: the folder ${file}/keys cannot be created (ENOTDIR)`,
  );
});
