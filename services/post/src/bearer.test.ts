import { createPublicKey, hash, KeyObject } from 'node:crypto';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

import { Router } from '@koa/router';
import { accessTokenCases } from '@relay/access-token/testing';
import { createHttpApp } from '@relay/service-kit/http/app';
import { createLogger } from '@relay/service-kit/process/logger';
import { noopRequestObserver } from '@relay/service-kit/testing/noop-request-observer';
import { SignJWT, UnsecuredJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { bearer } from './bearer.ts';
import { createKeySet } from './key-set.ts';
import { callerOf } from './testing/running-service.ts';
import { createSigner, newAuthor } from './testing/tokens.ts';

const [signer, forger] = await Promise.all([createSigner('the-key'), createSigner('the-key')]);
const ann = newAuthor();

afterEach(() => vi.useRealTimers());

/** A server that returns the viewer. `find` counts signature verifications. */
async function serveWhoAmI({ maxVerifiedTokens }: { maxVerifiedTokens?: number } = {}) {
  let published = [signer.jwk];
  let nowMs = 0;
  const fetchJwks = vi.fn<() => Promise<unknown>>(async () => ({ keys: published }));
  const keySet = createKeySet({ fetchJwks, onError: () => undefined, now: () => nowMs });
  const find = vi.spyOn(keySet, 'find');
  const router = new Router();
  const authenticate = bearer({ keySet, ...(maxVerifiedTokens && { maxVerifiedTokens }) });
  router.get('/me', authenticate, (ctx) => {
    ctx.body = ctx.state.viewer;
  });
  const app = createHttpApp({
    settings: { trustedHops: 0, bodyLimitBytes: 1000, corsOrigins: [] },
    log: createLogger({ level: 'silent' }),
    observer: noopRequestObserver,
    router,
  });
  const server = createServer(app.callback()).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    find,
    fetchJwks,
    keySet,
    ask: (token?: string) => callerOf(url, token)('GET', '/me'),
    askWith: (Authorization: string) => callerOf(url)('GET', '/me', { headers: { Authorization } }),
    /** Moves the key set's clock. */
    pass: (ms: number) => void (nowMs += ms),
    /** The auth service publishes these keys from now on; noticed when five minutes have passed. */
    async rotateTo(...keys: object[]) {
      published = keys;
      nowMs += 300_000;
      const before = keySet.version;
      await vi.waitUntil(() => keySet.version !== before);
    },
  };
}

/** Twice: the first verification fetches the keys, so its result is not cached. */
async function warm(server: Awaited<ReturnType<typeof serveWhoAmI>>, token: string) {
  await server.ask(token);
  await server.ask(token);
  server.find.mockClear();
}

/** The time of day alone: timers and sockets go on. */
function travel(ms: number): void {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + ms });
}

/** A request over one of the agent's connections. */
async function getWith(agent: Agent, url: string, token: string) {
  const headers = { Authorization: `Bearer ${token}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent, headers }, resolve).once('error', reject);
  });
  return (await json(response)) as { username: string };
}

const refused = {
  status: 401,
  json: {
    type: 'urn:relay:problem:unauthenticated',
    status: 401,
    title: 'Authentication required',
  },
};

test('a valid token identifies the viewer', async () => {
  const { ask } = await serveWhoAmI();
  expect(await ask(await signer.sign(ann))).toMatchObject({ status: 200, json: ann });
});

test('the scheme is written in any case', async () => {
  const { askWith } = await serveWhoAmI();
  expect((await askWith(`bearer ${await signer.sign(ann)}`)).status).toBe(200);
});

test('an id in another spelling is the same user', async () => {
  const { ask } = await serveWhoAmI();
  const token = await signer.sign(ann, { sub: ann.id.toUpperCase() });
  expect((await ask(token)).json).toEqual(ann);
});

describe('rejects with 401', () => {
  const inAnHour = Math.floor(Date.now() / 1000) + 3600;
  const claims = { sub: ann.id, username: 'ann', iss: 'relay-auth', aud: 'relay', exp: inAnHour };
  const withoutKid = () =>
    new SignJWT(claims).setProtectedHeader({ alg: 'ES256' }).sign(signer.privateKey);
  const signedWithThePublicKey = async () => {
    const pem = createPublicKey({ key: signer.jwk, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    });
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid: signer.kid })
      .sign(new TextEncoder().encode(pem.toString()));
  };
  const unsigned = () => new UnsecuredJWT(claims).encode();
  const tampered = async () => {
    const [header, , signature] = (await signer.sign(ann)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...claims, username: 'root' }));
    return [header, payload.toString('base64url'), signature].join('.');
  };
  const without = (claim: string) => signer.sign(ann, { [claim]: undefined });

  test.each<[string, () => string | Promise<string>]>([
    ['has expired', () => signer.sign(ann, { exp: 1 })],
    ['is not good yet', () => signer.sign(ann, { nbf: inAnHour })],
    ['is signed with another key of the same id', () => forger.sign(ann)],
    ['was changed after it was signed', tampered],
    ['is not signed (alg none)', unsigned],
    ['is signed with the public key as a secret (HS256)', signedWithThePublicKey],
    ['is for another audience', () => signer.sign(ann, { aud: 'other' })],
    ['is of another issuer', () => signer.sign(ann, { iss: 'other' })],
    ['names an unknown key', async () => (await createSigner()).sign(ann)],
    ['names no key', withoutKid],
    ['never expires', () => without('exp')],
    ['has no audience', () => without('aud')],
    ['has no issuer', () => without('iss')],
    ['has no subject', () => without('sub')],
    ['has no user name', () => without('username')],
    ['has a subject that is no id', () => signer.sign(ann, { sub: '*' })],
    ['has an empty user name', () => signer.sign(ann, { username: '' })],
    ['is no JWT', () => 'abc'],
    ['is three parts of nothing', () => '..'],
    ['has a header that is no JSON', () => 'YQ.YQ.YQ'],
  ])('a token that %s', async (_name, token) => {
    const { ask } = await serveWhoAmI();
    const answer = await ask(await token());
    expect(answer).toMatchObject(refused);
    expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
    expect(answer.headers.get('Content-Type')).toContain('application/problem+json');
  });

  test.each(['', 'Bearer', 'Bearer ', 'Basic YTpi', 'Bearer a b', 'token', 'Bearer, Bearer'])(
    'the header "Authorization: %s"',
    async (header) => {
      const { askWith } = await serveWhoAmI();
      const answer = await askWith(header);
      expect(answer).toMatchObject(refused);
      expect(answer.headers.get('WWW-Authenticate')).toBe('Bearer');
    },
  );

  test('a token without its scheme', async () => {
    const { askWith } = await serveWhoAmI();
    expect(await askWith(await signer.sign(ann))).toMatchObject(refused);
  });

  test('without the token and the reason', async () => {
    const { ask } = await serveWhoAmI();
    const token = await forger.sign(ann);
    const { json } = await ask(token);
    expect(json.detail).toBe('A valid Bearer token is required');
  });
});

test.each(
  accessTokenCases({
    privateKey: KeyObject.from(signer.privateKey),
    kid: signer.kid,
    sub: ann.id,
    username: ann.username,
  }),
)('$name: $accepted, as in the auth service', async ({ authorization, accepted }) => {
  const { askWith } = await serveWhoAmI();
  expect(await askWith(authorization)).toMatchObject(
    accepted ? { status: 200, json: ann } : refused,
  );
});

describe('a token that has been verified', () => {
  test('is not verified again', async () => {
    const server = await serveWhoAmI();
    const token = await signer.sign(ann);
    await warm(server, token);
    const answers = await Promise.all(Array.from({ length: 50 }, () => server.ask(token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.at(-1)!.json).toEqual(ann);
    expect(server.find).not.toHaveBeenCalled();
  });

  test('does not apply to another token of the same user', async () => {
    const server = await serveWhoAmI();
    await warm(server, await signer.sign(ann));
    expect((await server.ask(await forger.sign(ann))).status).toBe(401);
    expect((await server.ask(await signer.sign(newAuthor('bob')))).json.username).toBe('bob');
  });

  test('is rejected from its expiry on', async () => {
    const server = await serveWhoAmI();
    const token = await signer.sign(ann, { exp: Math.floor(Date.now() / 1000) + 600 });
    await warm(server, token);
    travel(599_000);
    expect((await server.ask(token)).status).toBe(200);
    travel(1000);
    expect((await server.ask(token)).status).toBe(401);
  });

  test('is verified again when the keys have changed, and rejected without its key', async () => {
    const server = await serveWhoAmI();
    const next = await createSigner();
    const token = await signer.sign(ann);
    await warm(server, token);
    await server.rotateTo(signer.jwk, next.jwk);
    expect((await server.ask(token)).status).toBe(200);
    expect(server.find).toHaveBeenCalledOnce();
    expect((await server.ask(await next.sign(ann))).status).toBe(200);
    await server.rotateTo(next.jwk);
    expect((await server.ask(token)).status).toBe(401);
  });

  test('stays valid during an outage of auth', async () => {
    const server = await serveWhoAmI();
    await server.ask(await signer.sign(ann));
    server.fetchJwks.mockRejectedValue(new Error('auth is away'));
    expect((await server.ask(await signer.sign(newAuthor()))).status).toBe(200);
  });

  test('is evicted by later ones, so that memory is bounded', async () => {
    const server = await serveWhoAmI({ maxVerifiedTokens: 2 });
    const tokens = await Promise.all(
      ['ann', 'bob', 'cy'].map((name) => signer.sign(newAuthor(name))),
    );
    for (const token of [tokens[0]!, ...tokens]) await server.ask(token);
    server.find.mockClear();
    await server.ask(tokens[2]);
    await server.ask(tokens[1]);
    expect(server.find).not.toHaveBeenCalled();
    await server.ask(tokens[0]);
    expect(server.find).toHaveBeenCalledOnce();
  });

  test('is compared for each connection, and hashed only where it differs from the last', async () => {
    const server = await serveWhoAmI();
    const [token, other] = await Promise.all([signer.sign(ann), signer.sign(newAuthor('bob'))]);
    for (const each of [token, other]) await warm(server, each);
    const recall = vi.spyOn(LRUCache.prototype, 'get');
    onTestFinished(() => recall.mockRestore());
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const names = [];
    for (const each of [token, token, token, other, other, token]) {
      names.push((await getWith(agent, `${server.url}/me`, each)).username);
    }
    expect(names).toEqual(['ann', 'ann', 'ann', 'bob', 'bob', 'ann']);
    // Once for each change of the header.
    expect(recall).toHaveBeenCalledTimes(3);
  });

  test('is stored as a hash only', async () => {
    const remember = vi.spyOn(LRUCache.prototype, 'set');
    onTestFinished(() => remember.mockRestore());
    const server = await serveWhoAmI();
    const token = await signer.sign(ann);
    await warm(server, token);
    expect(remember).toHaveBeenCalledOnce();
    const digest = hash('sha256', `Bearer ${token}`, 'base64');
    expect(remember.mock.calls[0]![0]).toBe(digest);
    expect(JSON.stringify(remember.mock.calls)).not.toContain(token.split('.')[2]);
  });
});

test('without a key set it is 503 with Retry-After, and recovers', async () => {
  const server = await serveWhoAmI();
  server.fetchJwks.mockRejectedValueOnce(new Error('auth is away'));
  const token = await signer.sign(ann);
  const answer = await server.ask(token);
  expect(answer).toMatchObject({ status: 503, json: { type: 'urn:relay:problem:unavailable' } });
  expect(answer.headers.get('Retry-After')).toBe('1');
  server.pass(1000);
  expect((await server.ask(token)).status).toBe(200);
});
