import { healthSchema } from '@relay/service-kit/http/health';
import { openApi } from '@relay/service-kit/http/openapi';
import { z } from 'zod';

import { grantSchema, refreshSchema } from './session.ts';
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

const health = {
  answers: {
    200: { description: 'All is answered', schema: healthSchema },
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
        answers: { 201: { description: 'The user', schema: userSchema } },
        errors: [...bodyErrors, 'outcome-unknown', 'conflict', 'rate-limited'],
      },
    },
    '/api/auth/login': {
      post: {
        operationId: 'logIn',
        summary: 'Get a token for an e-mail address and a password',
        body: loginSchema,
        answers: { 200: { description: 'The tokens', schema: grantSchema } },
        errors: [...bodyErrors, 'unauthenticated', 'rate-limited'],
      },
    },
    '/api/auth/refresh': {
      post: {
        operationId: 'refresh',
        summary: 'Get the next tokens for a refresh token',
        description:
          'A refresh token works once. Used again within some seconds, it gets the same refresh token ' +
          'as before; used again later, it ends its whole session.',
        body: refreshSchema,
        answers: { 200: { description: 'The tokens', schema: grantSchema } },
        errors: [...bodyErrors, 'unauthenticated', 'rate-limited'],
      },
    },
    '/api/auth/logout': {
      post: {
        operationId: 'logOut',
        summary: 'End the session of a refresh token',
        body: refreshSchema,
        answers: { 204: { description: 'It has ended, or there was none' } },
        errors: bodyErrors,
      },
    },
    '/api/auth/me': {
      get: {
        operationId: 'whoAmI',
        summary: 'The user of this token',
        secured: true,
        answers: { 200: { description: 'The user', schema: userSchema } },
        errors: ['unavailable'],
      },
    },
    '/api/auth/.well-known/jwks.json': {
      get: {
        operationId: 'jwks',
        summary: 'The public keys that verify access tokens (RFC 7517)',
        answers: { 200: { description: 'The key set', schema: jwksSchema } },
        errors: [],
      },
    },
    '/api/auth/openapi.json': {
      get: {
        operationId: 'authOpenApi',
        summary: 'This document',
        answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
        errors: [],
      },
    },
    '/api/auth/health': {
      get: { operationId: 'authHealth', summary: 'Whether the service can do its work', ...health },
    },
    '/health': {
      get: { operationId: 'health', summary: 'The same, not routed by the ingress', ...health },
    },
  },
});
