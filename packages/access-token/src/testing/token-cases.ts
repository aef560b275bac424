import { createHmac, createPublicKey, sign, type KeyObject } from 'node:crypto';

import { ACCESS_TOKEN } from '../access-token.ts';

/** An `Authorization` header, and whether a service must accept it. */
export interface TokenCase {
  name: string;
  authorization: string;
  accepted: boolean;
}

interface TokenForge {
  /** The private P-256 key of `kid`; its public key is published. */
  privateKey: KeyObject;
  kid: string;
  /** The id of an existing user. */
  sub: string;
  username: string;
}

type Json = Record<string, unknown>;

/**
 * Valid and invalid access tokens, signed with the right key unless the name differs. Every service that
 * verifies tokens must pass all cases.
 */
export function accessTokenCases(forge: TokenForge): TokenCase[] {
  const { kid, sub, username } = forge;
  const { algorithm: alg, issuer: iss, audience: aud } = ACCESS_TOKEN;
  const now = Math.floor(Date.now() / 1000);
  const header: Json = { alg, kid, typ: 'JWT' };
  const claims: Json = { sub, username, iss, aud, iat: now, exp: now + 600 };
  const signed = (protectedHeader: unknown, payload: unknown) => {
    const input = `${encode(protectedHeader)}.${encode(payload)}`;
    return `${input}.${signature(input, forge.privateKey)}`;
  };
  const good = signed(header, claims);
  const [head, body, tail] = good.split('.') as [string, string, string];
  const withClaims = (changed: Json) => signed(header, { ...claims, ...changed });
  const withHeader = (changed: Json) => signed({ ...header, ...changed }, claims);

  const accepted: [string, string][] = [
    ['of the auth service', good],
    ['without typ', withHeader({ typ: undefined })],
    ['with an unknown header parameter', withHeader({ extra: 1 })],
    ['without iat', withClaims({ iat: undefined })],
    ['with iat in the future', withClaims({ iat: now + 300 })],
    ['with nbf in the past', withClaims({ nbf: now - 300 })],
    ['for several audiences', withClaims({ aud: ['other', aud] })],
    ['with an id in upper case', withClaims({ sub: sub.toUpperCase() })],
    ['with a session', withClaims({ sid: sub })],
  ];
  const rejected: [string, string][] = [
    ['without kid', withHeader({ kid: undefined })],
    ['with an empty kid', withHeader({ kid: '' })],
    ['with a number for a kid', withHeader({ kid: 1 })],
    ['with an unknown kid', withHeader({ kid: 'unknown' })],
    ['with crit of an unknown extension', withHeader({ crit: ['extra'], extra: 1 })],
    ['with crit of a known extension', withHeader({ crit: ['b64'], b64: true })],
    ['with crit of a claim', withHeader({ crit: ['exp'], exp: now + 600 })],
    ['with an empty crit', withHeader({ crit: [] })],
    ['with crit null', withHeader({ crit: null })],
    ['of another algorithm', withHeader({ alg: 'ES384' })],
    ['without an algorithm', withHeader({ alg: undefined })],
    ['with a list for a header', signed([], claims)],
    ['without exp', withClaims({ exp: undefined })],
    ['with exp null', withClaims({ exp: null })],
    ['with exp as text', withClaims({ exp: String(now + 600) })],
    ['that expires now', withClaims({ exp: now })],
    ['that has expired', withClaims({ exp: 1 })],
    ['that is not valid yet', withClaims({ nbf: now + 300 })],
    ['with nbf as text', withClaims({ nbf: '1' })],
    ['with iat as text', withClaims({ iat: '1' })],
    ['without sub', withClaims({ sub: undefined })],
    ['with sub null', withClaims({ sub: null })],
    ['with a number for sub', withClaims({ sub: 1 })],
    ['with a sub that is no id', withClaims({ sub: '*' })],
    ['without username', withClaims({ username: undefined })],
    ['with an empty username', withClaims({ username: '' })],
    ['with a list for username', withClaims({ username: ['ann'] })],
    ['with a number for sid', withClaims({ sid: 1 })],
    ['with a sid that is no id', withClaims({ sid: '*' })],
    ['without aud', withClaims({ aud: undefined })],
    ['for another audience', withClaims({ aud: 'other' })],
    ['without iss', withClaims({ iss: undefined })],
    ['of another issuer', withClaims({ iss: 'other' })],
    ['of several issuers', withClaims({ iss: [iss] })],
    ['with a list for claims', signed(header, [claims])],
    ['with text for claims', signed(header, 'claims')],
    ['with null for claims', signed(header, null)],
    ['that is not signed', `${encode({ ...header, alg: 'none' })}.${body}.`],
    ['without its signature', `${head}.${body}.`],
    ['with a signature of nothing', `${head}.${body}`],
    ['with half a signature', `${head}.${body}.${tail.slice(0, 43)}`],
    ['with a signature in DER', `${head}.${body}.${derSignature(`${head}.${body}`, forge)}`],
    [
      'signed with the public key as a secret',
      hmacSigned({ ...header, alg: 'HS256' }, claims, forge),
    ],
    ['with other claims than were signed', `${head}.${encode({ ...claims, sub: kid })}.${tail}`],
    ['with padding', `${good}=`],
    ['with a fourth part', `${good}.${tail}`],
    ['of encryption (five parts)', `${good}.${tail}.${tail}`],
    ['in base64 with a plus', `${head}.${body}.+${tail.slice(1)}`],
    ['of three dots', '...'],
    ['that is no JSON', 'YQ.YQ.YQ'],
  ];
  return [
    ...accepted.map(([name, token]) => bearer(name, token, true)),
    ...rejected.map(([name, token]) => bearer(name, token, false)),
    { name: 'a scheme in upper case', authorization: `BEARER ${good}`, accepted: true },
    { name: 'no scheme', authorization: good, accepted: false },
    { name: 'another scheme', authorization: `Token ${good}`, accepted: false },
    { name: 'two spaces', authorization: `Bearer  ${good}`, accepted: false },
    { name: 'two tokens', authorization: `Bearer ${good}, Bearer ${good}`, accepted: false },
  ];
}

function bearer(name: string, token: string, accepted: boolean): TokenCase {
  return { name: `a token ${name}`, authorization: `Bearer ${token}`, accepted };
}

function encode(json: unknown): string {
  return Buffer.from(JSON.stringify(json)).toString('base64url');
}

function signature(input: string, key: KeyObject): string {
  return sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' }).toString(
    'base64url',
  );
}

function derSignature(input: string, { privateKey }: TokenForge): string {
  return sign('sha256', Buffer.from(input), privateKey).toString('base64url');
}

function hmacSigned(header: Json, claims: Json, { privateKey }: TokenForge): string {
  const pem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' });
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${createHmac('sha256', pem).update(input).digest('base64url')}`;
}
