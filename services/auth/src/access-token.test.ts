import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';

import { ACCESS_TOKEN } from '@relay/access-token';
import { accessTokenCases } from '@relay/access-token/testing';
import type { AppError } from '@relay/service-kit/http/app-error';
import {
  base64url,
  calculateJwkThumbprint,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  SignJWT,
  type JWTPayload,
} from 'jose';
import { beforeAll, beforeEach, expect, test } from 'vitest';

import { createAccessTokens, type AccessTokens } from './access-token.ts';
import type { SigningKeys } from './signing-keys.ts';

const ANN = { id: '0198c5a0-0000-7000-8000-000000000001', username: 'ann' };
const SESSION = '0198c5a0-0000-7000-8000-00000000000a';
const HOLDER = { userId: ANN.id, sessionId: SESSION };
const LIFE_SECONDS = 900;
const START = new Date('2026-01-01T00:00:00Z');

let keys: SigningKeys;
let old: { kid: string; privateKey: KeyObject };
let now: Date;
let tokens: AccessTokens;

async function newKey() {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = await exportJWK(createPublicKey(privateKey));
  const kid = await calculateJwkThumbprint(jwk);
  return { kid, privateKey, jwk: { ...jwk, kid, alg: 'ES256', use: 'sig' } };
}

// The test names need the cases before any hook runs.
const forge = await newKey();

beforeAll(async () => {
  const current = forge;
  const before = await newKey();
  old = before;
  keys = { current, jwks: { keys: [current.jwk, before.jwk] } };
});

beforeEach(() => {
  now = START;
  tokens = createAccessTokens({ keys, lifeSeconds: LIFE_SECONDS, clock: () => now });
});

const after = (seconds: number) => new Date(START.getTime() + seconds * 1000);
const seconds = (date: Date) => date.getTime() / 1000;

test('a token has subject, session, issuer, audience and expiry', async () => {
  const { token, expiresIn } = await tokens.issue(ANN, SESSION);
  expect(expiresIn).toBe(LIFE_SECONDS);
  expect(decodeProtectedHeader(token)).toEqual({ alg: 'ES256', kid: keys.current.kid, typ: 'JWT' });
  expect(decodeJwt(token)).toEqual({
    sub: ANN.id,
    username: 'ann',
    sid: SESSION,
    iss: 'relay-auth',
    aud: 'relay',
    iat: seconds(START),
    exp: seconds(after(LIFE_SECONDS)),
  });
});

test('verifies its own token, with the scheme in any case', async () => {
  const { token } = await tokens.issue(ANN, SESSION);
  expect(await tokens.verify(`Bearer ${token}`)).toEqual(HOLDER);
  expect(await tokens.verify(`bearer ${token}`)).toEqual(HOLDER);
});

test('verifies a token of a published key that no longer signs', async () => {
  expect(await outcomeOf(await forged({ key: old.privateKey, kid: old.kid }))).toBe(ANN.id);
});

test('a token of an earlier version has no session', async () => {
  const holder = await tokens.verify(await forged({}));
  expect(holder).toEqual({ userId: ANN.id, sessionId: undefined });
});

test('a token is good to its last second and no longer', async () => {
  const { token } = await tokens.issue(ANN, SESSION);
  now = after(LIFE_SECONDS - 1);
  expect(await tokens.verify(`Bearer ${token}`)).toEqual(HOLDER);
  now = after(LIFE_SECONDS);
  expect(await outcomeOf(`Bearer ${token}`)).toBe('unauthenticated');
});

interface Forgery {
  key?: KeyObject | Uint8Array;
  kid?: string;
  alg?: string;
  claims?: JWTPayload;
}

async function forged({ key, kid = keys.current.kid, alg = 'ES256', claims = {} }: Forgery) {
  const { issuer: iss, audience: aud } = ACCESS_TOKEN;
  const payload = {
    sub: ANN.id,
    username: ANN.username,
    iss,
    aud,
    iat: seconds(START),
    exp: seconds(after(60)),
    ...claims,
  };
  const jwt = new SignJWT(payload).setProtectedHeader({ alg, kid });
  return `Bearer ${await jwt.sign(key ?? keys.current.privateKey)}`;
}

test.each(accessTokenCases({ ...forge, sub: ANN.id, username: ANN.username }))(
  '$what: $accepted',
  async ({ authorization, accepted }) => {
    now = new Date();
    expect(await outcomeOf(authorization)).toBe(accepted ? ANN.id : 'unauthenticated');
  },
);

const unsigned = (payload: object, alg: string) =>
  `Bearer ${base64url.encode(JSON.stringify({ alg, typ: 'JWT' }))}.${base64url.encode(JSON.stringify(payload))}.`;

const outcomeOf = (authorization: string | undefined) =>
  tokens.verify(authorization).then(
    ({ userId }) => userId,
    (error: unknown) => (error as AppError).code,
  );

test.each<[string, Forgery]>([
  ['another audience', { claims: { aud: 'other' } }],
  ['another issuer', { claims: { iss: 'other' } }],
  ['a time that has passed', { claims: { exp: seconds(START) - 1 } }],
  ['a time that has not come', { claims: { nbf: seconds(START) + 60 } }],
  ['a key that is not published', { kid: 'unknown' }],
])('rejects a token with %s', async (_name, forgery) => {
  expect(await outcomeOf(await forged(forgery))).toBe('unauthenticated');
});

test('rejects a token of a foreign key under a known id', async () => {
  expect(await outcomeOf(await forged({ key: (await newKey()).privateKey }))).toBe(
    'unauthenticated',
  );
});

test('rejects a token without a signature, with any algorithm name', async () => {
  const { token } = await tokens.issue(ANN, SESSION);
  for (const alg of ['none', 'None', 'NONE', '', 'ES256']) {
    expect(await outcomeOf(unsigned(decodeJwt(token), alg))).toBe('unauthenticated');
  }
});

test('rejects a token signed with the public key as a shared secret', async () => {
  const pem = createPublicKey(keys.current.privateKey).export({ type: 'spki', format: 'pem' });
  expect(await outcomeOf(await forged({ key: Buffer.from(pem), alg: 'HS256' }))).toBe(
    'unauthenticated',
  );
});

test('rejects a modified token', async () => {
  const { token } = await tokens.issue(ANN, SESSION);
  const [header, , signature] = token.split('.');
  const claims = base64url.encode(JSON.stringify({ ...decodeJwt(token), sub: 'someone-else' }));
  expect(await outcomeOf(`Bearer ${header}.${claims}.${signature}`)).toBe('unauthenticated');
});

test('ignores a key in the token’s header', async () => {
  const own = await newKey();
  const jwt = new SignJWT({ ...decodeJwt((await tokens.issue(ANN, SESSION)).token) });
  jwt.setProtectedHeader({ alg: 'ES256', jwk: own.jwk, kid: keys.current.kid });
  expect(await outcomeOf(`Bearer ${await jwt.sign(own.privateKey)}`)).toBe('unauthenticated');
});

test.each([
  undefined,
  '',
  'Bearer',
  'Bearer ',
  'Basic YW5uOnNlY3JldA==',
  'Bearer a b',
  'Bearer not.a.token',
  'Bearer ..',
  `Bearer ${'x'.repeat(8000)}`,
])('rejects the header %j', async (authorization) => {
  expect(await outcomeOf(authorization)).toBe('unauthenticated');
});
