import { openApi, pathParameter, queryParameters } from '@relay/service-kit/http/openapi';
import { healthSchema } from '@relay/service-kit/service/health';
import { z } from 'zod';

import { sessionPathSchema } from './own-account-routes.ts';
import { passwordChangeSchema, removalSchema } from './own-account.ts';
import { BROWSER_PATH } from './refresh-cookie.ts';
import { removedUsersPageSchema, removedUsersQuerySchema } from './removed-users.ts';
import { accessTokenSchema, tokenPairSchema, refreshSchema } from './session.ts';
import { loginSchema, registrationSchema, userSchema } from './user.ts';

const jwksSchema = z.strictObject({
  keys: z.array(
    z.strictObject({
      kty: z.literal('EC'),
      crv: z.literal('P-256'),
      x: z.string(),
      y: z.string(),
      kid: z.string(),
      alg: z.literal('ES256'),
      use: z.literal('sig'),
    }),
  ),
});

const bodyErrors = ['invalid', 'too-large', 'unsupported-media-type', 'unavailable'] as const;

const cookieSet = {
  description: 'The access token',
  schema: accessTokenSchema,
  headers: ['Set-Cookie'],
};

const browserOnly =
  'For pages of the same origin: `Sec-Fetch-Site` or `Origin` must match. The refresh token is in a ' +
  'cookie that scripts cannot read.';

const sessionsSchema = z.strictObject({
  sessions: z.array(
    z.strictObject({
      id: z.uuid(),
      createdAt: z.iso.datetime(),
      lastUsedAt: z.iso.datetime(),
      expiresAt: z.iso.datetime(),
      userAgent: z.string().max(200).nullable(),
      current: z.boolean(),
    }),
  ),
});

const accessTokensLiveOn =
  'Their refresh tokens are no longer valid. An access token stays valid for posts and votes until it expires.';

const health = {
  responses: {
    200: { description: 'Postgres is up', schema: healthSchema },
    503: { description: 'Postgres cannot be reached', schema: healthSchema },
  },
  errors: [],
};

/** The auth service's API, served at `/api/auth/openapi.json`. */
export const authOpenApi = openApi({
  title: 'Relay auth',
  description: 'Users, logins and the keys that verify their tokens.',
  paths: {
    '/api/auth/users': {
      post: {
        operationId: 'register',
        summary: 'Register a user',
        body: registrationSchema,
        responses: { 201: { description: 'The user', schema: userSchema } },
        errors: [...bodyErrors, 'outcome-unknown', 'conflict', 'rate-limited'],
      },
    },
    '/api/auth/login': {
      post: {
        operationId: 'logIn',
        summary: 'Get a token pair for an e-mail address and a password',
        body: loginSchema,
        responses: { 200: { description: 'The token pair', schema: tokenPairSchema } },
        errors: [...bodyErrors, 'unauthenticated', 'rate-limited'],
      },
    },
    '/api/auth/refresh': {
      post: {
        operationId: 'refresh',
        summary: 'Exchange a refresh token for a new token pair',
        description:
          'A refresh token is valid once. A repetition returns the same refresh token again within some ' +
          'seconds, and until that one is used; a later one revokes the session.',
        body: refreshSchema,
        responses: { 200: { description: 'The token pair', schema: tokenPairSchema } },
        errors: [...bodyErrors, 'unauthenticated', 'rate-limited'],
      },
    },
    '/api/auth/logout': {
      post: {
        operationId: 'logOut',
        summary: 'End the session of a refresh token',
        body: refreshSchema,
        responses: { 204: { description: 'The session has ended, or did not exist' } },
        errors: bodyErrors,
      },
    },
    [`${BROWSER_PATH}/login`]: {
      post: {
        operationId: 'logInBrowser',
        summary: 'Get an access token, and the refresh token as a cookie',
        description: browserOnly,
        body: loginSchema,
        responses: { 200: cookieSet },
        errors: [...bodyErrors, 'unauthenticated', 'forbidden', 'rate-limited'],
      },
    },
    [`${BROWSER_PATH}/refresh`]: {
      post: {
        operationId: 'refreshBrowser',
        summary: 'Exchange the cookie for a new access token and a new cookie',
        description: `${browserOnly} A 401 deletes the cookie. Two cookies of its name are a 400.`,
        responses: { 200: cookieSet },
        errors: [...bodyErrors, 'unauthenticated', 'forbidden', 'rate-limited'],
      },
    },
    [`${BROWSER_PATH}/logout`]: {
      post: {
        operationId: 'logOutBrowser',
        summary: 'End the session of the cookie, and delete the cookie',
        description: browserOnly,
        responses: {
          204: { description: 'The session has ended, or did not exist', headers: ['Set-Cookie'] },
        },
        errors: [...bodyErrors, 'forbidden'],
      },
    },
    '/api/auth/me': {
      get: {
        operationId: 'whoAmI',
        summary: 'Get the user of the access token',
        secured: true,
        responses: { 200: { description: 'The user', schema: userSchema } },
        errors: ['unavailable'],
      },
      delete: {
        operationId: 'deleteAccount',
        summary: 'Delete the account',
        description:
          'Ends all sessions. Posts and votes stay; within a minute, posts show the author `[removed]`. A wrong ' +
          'password is a 403 and counts as a failed login.',
        secured: true,
        body: removalSchema,
        responses: { 204: { description: 'The account is deleted' } },
        errors: [...bodyErrors, 'forbidden', 'outcome-unknown', 'rate-limited'],
      },
    },
    '/api/auth/removed-users': {
      get: {
        operationId: 'listRemovedUsers',
        summary: 'The users who have deleted their accounts in the last 90 days, the oldest first',
        description:
          'For services that keep data of users. A removal may appear up to a minute after its time: ' +
          'request an overlap.',
        parameters: queryParameters(removedUsersQuerySchema, {
          since: 'Only removals from this time on (ISO 8601)',
          cursor: '`next` of the previous page',
          limit: 'Maximum number of removals',
        }),
        responses: { 200: { description: 'A page', schema: removedUsersPageSchema } },
        errors: ['invalid', 'unavailable'],
      },
    },
    '/api/auth/me/password': {
      put: {
        operationId: 'changePassword',
        summary: 'Change the password, and end all other sessions',
        description: 'A wrong current password is a 403 and counts as a failed login.',
        secured: true,
        body: passwordChangeSchema,
        responses: { 204: { description: 'The new password is valid' } },
        errors: [...bodyErrors, 'forbidden', 'outcome-unknown', 'rate-limited'],
      },
    },
    '/api/auth/me/sessions': {
      get: {
        operationId: 'listSessions',
        summary: 'The active sessions of the user, last used first, at most 100',
        secured: true,
        responses: { 200: { description: 'The sessions', schema: sessionsSchema } },
        errors: ['unavailable'],
      },
      delete: {
        operationId: 'endOtherSessions',
        summary: 'End all sessions but the current one',
        description: accessTokensLiveOn,
        secured: true,
        responses: { 204: { description: 'They have ended' } },
        errors: ['unavailable'],
      },
    },
    '/api/auth/me/sessions/{id}': {
      delete: {
        operationId: 'endSession',
        summary: 'End a session',
        description: accessTokensLiveOn,
        secured: true,
        parameters: [pathParameter('id', sessionPathSchema.shape.id)],
        responses: { 204: { description: 'It has ended' } },
        errors: ['invalid', 'not-found', 'unavailable'],
      },
    },
    '/api/auth/.well-known/jwks.json': {
      get: {
        operationId: 'jwks',
        summary: 'The public keys that verify access tokens (RFC 7517)',
        responses: { 200: { description: 'The key set', schema: jwksSchema } },
        errors: [],
      },
    },
    '/api/auth/openapi.json': {
      get: {
        operationId: 'authOpenApi',
        summary: 'This document',
        responses: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
        errors: [],
      },
    },
    '/api/auth/health': {
      get: { operationId: 'authHealth', summary: 'Health of the service', ...health },
    },
    '/health': {
      get: {
        operationId: 'health',
        summary: 'Health of the service, not routed by the ingress',
        ...health,
      },
    },
  },
});
