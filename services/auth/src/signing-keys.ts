import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  type KeyObject,
} from 'node:crypto';
import { link, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { ACCESS_TOKEN } from '@relay/service-kit/http/token';
import { ConfigError } from '@relay/service-kit/process/config';
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
 * verifies and may be a public key. To rotate, publish the next key beside the current one, then
 * let it take its name; destroy the old one, but for its public half, which stays until the last
 * token it signed has expired. A key's `kid` is its thumbprint (RFC 7638), so it stays the same
 * under any file name.
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
  const privateKey = await readKey(path.join(folder, CURRENT), PRIVATE);
  const current = await publish(privateKey);
  const others = files.filter((name) => name !== CURRENT);
  const published = await Promise.all(
    others.map(async (name) => publish(await readKey(path.join(folder, name), ANY))),
  );
  // In the midst of a rotation one key may lie there under two names; a `kid` must be one key's.
  const byId = new Map([current, ...published].map((jwk) => [jwk.kid, jwk]));
  return { current: { kid: current.kid, privateKey }, jwks: { keys: [...byId.values()] } };
}

/**
 * Makes `current.pem` in a folder that has none: the first start on a developer's machine.
 *
 * @throws ConfigError when there can be no such folder
 */
export async function ensureSigningKeys(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
    const message = `SIGNING_KEYS_DIR: the folder ${folder} cannot be made (${cause.code})`;
    throw new ConfigError(message, { cause });
  });
  if ((await readdir(folder)).includes(CURRENT)) return;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' });
  // Under another name first: what has the name is complete, whenever the process may be killed.
  const unfinished = path.join(folder, `.${randomUUID()}`);
  try {
    await writeFile(unfinished, pem, { mode: 0o600, flag: 'wx', flush: true });
    await link(unfinished, path.join(folder, CURRENT)).catch((cause: unknown) => {
      const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
      if (!exists) throw cause;
    });
  } finally {
    await rm(unfinished, { force: true });
  }
}

async function publish(key: KeyObject): Promise<JWK & { kid: string }> {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  const jwk = await exportJWK(publicKey);
  const kid = await calculateJwkThumbprint(jwk);
  return { ...jwk, kid, alg: ACCESS_TOKEN.algorithm, use: 'sig' };
}

interface Kind {
  what: string;
  parse: (pem: Buffer) => KeyObject;
}

const PRIVATE: Kind = { what: 'private key', parse: createPrivateKey };
/** Of a private key, the public half. */
const ANY: Kind = { what: 'key', parse: createPublicKey };

async function readKey(file: string, kind: Kind): Promise<KeyObject> {
  const key = await readPem(file, kind);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} holds no key of the curve P-256`);
  }
  return key;
}

async function readPem(file: string, { what, parse }: Kind): Promise<KeyObject> {
  const pem = await readFile(file).catch((cause: unknown) => {
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} cannot be read`, { cause });
  });
  try {
    return parse(pem);
  } catch {
    // The cause is left out: its message may quote the key.
    throw new ConfigError(`SIGNING_KEYS_DIR: ${file} holds no ${what} in PEM`);
  }
}
