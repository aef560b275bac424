import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ACCESS_TOKEN, ConfigError } from '@relay/service-kit';
import { calculateJwkThumbprint, exportJWK, type JSONWebKeySet, type JWK } from 'jose';

/** The keys that sign access tokens now, and all that may verify one. */
export interface SigningKeys {
  current: { kid: string; privateKey: KeyObject };
  /** The public halves, as they are published. */
  jwks: JSONWebKeySet;
}

const CURRENT = 'current.pem';

/**
 * Reads ES256 keys from a folder of PEM files: `current.pem` signs, every other `*.pem` only
 * verifies. To rotate, publish the next key beside the current one, then let it take its name, and
 * remove the old one when the last token it signed has expired. A key's `kid` is its thumbprint
 * (RFC 7638), so it stays the same under any file name.
 *
 * @throws ConfigError that names the folder or the file
 */
export async function readSigningKeys(folder: string): Promise<SigningKeys> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new ConfigError(`SIGNING_KEYS_DIR: the folder ${folder} cannot be read`, { cause });
  });
  const files = names.filter((name) => name.endsWith('.pem')).sort();
  if (!files.includes(CURRENT)) {
    throw new ConfigError(`SIGNING_KEYS_DIR: there is no ${CURRENT} in ${folder}`);
  }
  const keys = await Promise.all(files.map((name) => readKey(path.join(folder, name))));
  const { kid, privateKey } = keys[files.indexOf(CURRENT)]!;
  // In the midst of a rotation one key may lie there under two names; a `kid` must be one key's.
  const published = new Map(keys.map((key) => [key.kid, key.jwk]));
  return { current: { kid, privateKey }, jwks: { keys: [...published.values()] } };
}

/** Makes `current.pem` in a folder that has none: the first start on one's own machine. */
export async function ensureSigningKeys(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  const options = { mode: 0o600, flag: 'wx' };
  await writeFile(path.join(folder, CURRENT), pem, options).catch((cause: unknown) => {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    if (!exists) throw cause;
  });
}

async function readKey(file: string): Promise<{ kid: string; privateKey: KeyObject; jwk: JWK }> {
  const privateKey = await readPem(file);
  if (privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} holds no key of the curve P-256`);
  }
  const publicJwk = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(publicJwk);
  const jwk = { ...publicJwk, kid, alg: ACCESS_TOKEN.algorithm, use: 'sig' };
  return { kid, privateKey, jwk };
}

async function readPem(file: string): Promise<KeyObject> {
  const pem = await readFile(file).catch((cause: unknown) => {
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} cannot be read`, { cause });
  });
  try {
    return createPrivateKey(pem);
  } catch {
    // The cause is left out: its message may quote the key.
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} holds no private key in PEM`);
  }
}
