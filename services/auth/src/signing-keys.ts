import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ACCESS_TOKEN } from '@relay/access-token';
import { ConfigError } from '@relay/service-kit/process/config';
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, type JWK } from 'jose';

/** The signing key of access tokens, and all keys that verify them. */
export interface SigningKeys {
  current: { kid: string; privateKey: KeyObject };
  /** The published public keys. */
  jwks: JSONWebKeySet;
}

const CURRENT = 'current.pem';

/**
 * Reads ES256 keys from a folder of PEM files: `current.pem` signs; every other `*.pem` only verifies and
 * may be a public key. To rotate, add the next key to the folder, then rename it to `current.pem`, and
 * replace the old private key by its public key until its last token has expired. The `kid` of a key is its
 * thumbprint (RFC 7638), independent of the file name.
 *
 * @throws ConfigError that names the folder or the file
 */
export async function readSigningKeys(folder: string): Promise<SigningKeys> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ConfigError(`SIGNING_KEYS_DIR: the folder ${folder} cannot be read`, { cause });
  });
  const files = names.filter((name) => name.endsWith('.pem')).sort();
  if (!files.includes(CURRENT)) {
    throw new ConfigError(`SIGNING_KEYS_DIR: the folder ${folder} has no ${CURRENT}`);
  }
  const privateKey = await readKey(path.join(folder, CURRENT), PRIVATE);
  const current = await publish(privateKey);
  const others = files.filter((name) => name !== CURRENT);
  const published = await Promise.all(
    others.map(async (name) => publish(await readKey(path.join(folder, name), ANY))),
  );
  // During a rotation the folder may contain a key under two names; a `kid` must be unique.
  const byId = new Map([current, ...published].map((jwk) => [jwk.kid, jwk]));
  return { current: { kid: current.kid, privateKey }, jwks: { keys: [...byId.values()] } };
}

/**
 * Creates `current.pem` if the folder has none: for the first start on a developer's machine.
 *
 * @throws ConfigError if the folder cannot be created
 */
export async function ensureSigningKeys(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    const message = `SIGNING_KEYS_DIR: the folder ${folder} cannot be created (${cause.code})`;
    throw new ConfigError(message, { cause });
  });
  if ((await readdir(folder)).includes(CURRENT)) return;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  // Written under a temporary name first: a killed process must not leave a partial `current.pem`.
  const temporary = path.join(folder, `.${randomUUID()}`);
  try {
    await writeFile(temporary, pem, { mode: 0o600, flag: 'wx', flush: true });
    await link(temporary, path.join(folder, CURRENT)).catch((cause: unknown) => {
      const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
      if (!exists) throw cause;
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function publish(key: KeyObject): Promise<JWK & { kid: string }> {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { ...jwk, kid, alg: ACCESS_TOKEN.algorithm, use: 'sig' };
}

interface KeyKind {
  name: string;
  parse: (pem: Buffer) => KeyObject;
}

const PRIVATE: KeyKind = { name: 'private key', parse: createPrivateKey };
/** A public key, or the public half of a private key. */
const ANY: KeyKind = { name: 'key', parse: createPublicKey };

async function readKey(file: string, kind: KeyKind): Promise<KeyObject> {
  const key = await readPem(file, kind);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} contains no key of the curve P-256`);
  }
  return key;
}

async function readPem(file: string, { name, parse }: KeyKind): Promise<KeyObject> {
  const pem = await readFile(file).catch((cause: unknown) => {
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} cannot be read`, { cause });
  });
  try {
    return parse(pem);
  } catch {
    // Without the cause: its message may quote the key.
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} contains no ${name} in PEM`);
  }
}
