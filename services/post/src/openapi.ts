import type { ErrorCode } from '@relay/service-kit/http/app-error';
import { openApi, pathParameter, queryParameters } from '@relay/service-kit/http/openapi';
import { healthSchema } from '@relay/service-kit/service/health';
import { z } from 'zod';

import { cacheStatusSchema } from './cache-status.ts';
import { draftSchema } from './post.ts';
import { idSchema, listQuerySchema, topQuerySchema, votesQuerySchema } from './request.ts';

const postSchema = z.strictObject({
  id: z.uuid(),
  title: z.string(),
  // Serialized by the URL standard, which is not always a URI of RFC 3986.
  url: z.string().regex(/^https?:\/\//),
  votes: z.int().min(0),
  author: z.strictObject({ id: z.uuid(), username: z.string() }),
  createdAt: z.iso.datetime(),
});

const pageSchema = z.strictObject({ posts: z.array(postSchema), next: z.string().nullable() });
const topSchema = z.strictObject({ posts: z.array(postSchema) });
const tallySchema = z.strictObject({ id: z.uuid(), votes: z.int().min(0) });

const votedSchema = z.strictObject({ voted: z.array(z.uuid()) });

const readHeaders = ['ETag', 'X-Cache', 'Server-Timing', 'Cache-Control'];
const notModified = { description: 'Not modified', headers: readHeaders };

const idParameter = pathParameter('id', idSchema);

const LIMIT = 'Maximum number of posts; only the default is cached';

/** A string of RFC 9651, with or without quotes; see `parseIdempotencyKey`. */
const IDEMPOTENCY_KEY = String.raw`^(?:"[ !#-[\]-~]{1,255}"|[A-Za-z0-9_.:~+/=-]{1,255})$`;

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', pattern: IDEMPOTENCY_KEY },
  description:
    'A unique value per post, such as a UUID in quotes, at most 255 ASCII characters. A repetition with the same value returns the first response',
};

/** The errors of every write. */
const writeErrors = ['invalid', 'unavailable', 'outcome-unknown'] as const;
const bodyErrors = ['too-large', 'unsupported-media-type'] as const;

/** The body is optional; if present, it is validated like any other. */
const vote = (operationId: string, summary: string, bodyErrors: readonly ErrorCode[]) => ({
  operationId,
  summary,
  secured: true,
  parameters: [idParameter],
  responses: { 200: { description: 'The new count', schema: tallySchema } },
  errors: [...writeErrors, 'not-found', 'rate-limited', ...bodyErrors] as const,
});

const health = {
  responses: {
    200: {
      description: 'Postgres is up; responses are slower while degraded',
      schema: healthSchema,
    },
    503: { description: 'Postgres cannot be reached', schema: healthSchema },
  },
  errors: [],
};

/** The post service's API, served at `/api/posts/openapi.json`. */
export const postOpenApi = openApi({
  title: 'Relay posts',
  description:
    'Posts of links, with votes. The header X-Cache has the source of a read: HIT, MISS, STALE, FALLBACK or UNCACHED.',
  paths: {
    '/api/posts': {
      get: {
        operationId: 'listPosts',
        summary: 'Posts, newest first',
        secured: true,
        parameters: queryParameters(listQuerySchema, {
          limit: LIMIT,
          cursor: '`next` of the previous page',
          user: 'Only posts of this author',
        }),
        responses: {
          200: { description: 'A page', schema: pageSchema, headers: readHeaders },
          304: notModified,
        },
        errors: ['invalid', 'unavailable'],
      },
      post: {
        operationId: 'createPost',
        summary: 'Post a link',
        secured: true,
        parameters: [idempotencyKey],
        body: draftSchema,
        responses: { 201: { description: 'The post', schema: postSchema, headers: ['Location'] } },
        errors: [
          ...writeErrors,
          ...bodyErrors,
          'conflict',
          'idempotency-key-reused',
          'rate-limited',
        ],
      },
    },
    '/api/posts/top': {
      get: {
        operationId: 'topPosts',
        summary: 'Posts, most votes first',
        secured: true,
        parameters: queryParameters(topQuerySchema, { limit: LIMIT }),
        responses: {
          200: { description: 'The top posts', schema: topSchema, headers: readHeaders },
          304: notModified,
        },
        errors: ['invalid', 'unavailable'],
      },
    },
    '/api/posts/votes': {
      get: {
        operationId: 'listOwnVotes',
        summary: 'The posts among these that have a vote of the user',
        secured: true,
        parameters: queryParameters(votesQuerySchema, { ids: 'Ids, separated by commas' }).map(
          (parameter) => ({ ...parameter, style: 'form', explode: false }),
        ),
        responses: { 200: { description: 'The ids, in any order', schema: votedSchema } },
        errors: ['invalid', 'unavailable'],
      },
    },
    '/api/posts/cache': {
      get: {
        operationId: 'cacheStatus',
        summary: 'The state and the counters of the cache',
        description:
          'Counted by the process that answers, since its start. Another `process` is another pod, or a restart.',
        secured: true,
        responses: { 200: { description: 'The status', schema: cacheStatusSchema } },
        errors: ['unavailable'],
      },
    },
    '/api/posts/{id}': {
      get: {
        operationId: 'getPost',
        summary: 'One post',
        secured: true,
        parameters: [idParameter],
        responses: {
          200: { description: 'The post', schema: postSchema, headers: readHeaders },
          304: notModified,
        },
        errors: ['invalid', 'not-found', 'unavailable'],
      },
      delete: {
        operationId: 'deletePost',
        summary: 'Delete an own post',
        secured: true,
        parameters: [idParameter],
        responses: { 204: { description: 'The post is deleted' } },
        errors: [...writeErrors, 'forbidden', 'not-found'],
      },
    },
    '/api/posts/{id}/upvote': {
      put: vote('upvote', 'Vote for a post (idempotent)', bodyErrors),
      post: vote('upvoteByPost', 'The same as PUT', bodyErrors),
      delete: vote('removeUpvote', 'Remove the vote for a post (idempotent)', []),
    },
    '/api/posts/openapi.json': {
      get: {
        operationId: 'postOpenApi',
        summary: 'This document',
        responses: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
        errors: [],
      },
    },
    '/api/posts/health': {
      get: { operationId: 'postHealth', summary: 'Health of the service', ...health },
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
