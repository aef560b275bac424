import type { ErrorCode } from '@relay/service-kit/http/app-error';
import { healthSchema } from '@relay/service-kit/http/health';
import { openApi, pathParameter, queryParameters } from '@relay/service-kit/http/openapi';
import { z } from 'zod';

import { draftSchema } from './post.ts';
import { idSchema, listQuerySchema, topQuerySchema } from './request.ts';

const postSchema = z.strictObject({
  id: z.uuid(),
  title: z.string(),
  // As the URL standard spells it, which is not always a URI of RFC 3986.
  url: z.string().regex(/^https?:\/\//),
  votes: z.int().min(0),
  author: z.strictObject({ id: z.uuid(), username: z.string() }),
  createdAt: z.iso.datetime(),
});

const pageSchema = z.strictObject({ posts: z.array(postSchema), next: z.string().nullable() });
const topSchema = z.strictObject({ posts: z.array(postSchema) });
const tallySchema = z.strictObject({ id: z.uuid(), votes: z.int().min(0) });

const readHeaders = ['ETag', 'X-Cache', 'Server-Timing', 'Cache-Control'];
const notModified = { description: 'The client has it already', headers: readHeaders };

const idParameter = pathParameter('id', idSchema);

const HOW_MANY = 'How many posts; only the default is cached';

/** A string of RFC 9651, or the same without its quotes; see `parseIdempotencyKey`. */
const IDEMPOTENCY_KEY = String.raw`^(?:"[ !#-[\]-~]{1,255}"|[A-Za-z0-9_.:~+/=-]{1,255})$`;

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', pattern: IDEMPOTENCY_KEY },
  description:
    'A new value for each post, such as a UUID in quotes, at most 255 ASCII characters; the same one for its repetitions, which get the first answer',
};

/** Of a call that changes something. */
const writeErrors = ['invalid', 'unavailable', 'outcome-unknown'] as const;
const bodyErrors = ['too-large', 'unsupported-media-type'] as const;

/** A body is not needed, and is held to the same rules as any. */
const vote = (operationId: string, summary: string, bodyErrors: readonly ErrorCode[]) => ({
  operationId,
  summary,
  secured: true,
  parameters: [idParameter],
  answers: { 200: { description: 'The new count', schema: tallySchema } },
  errors: [...writeErrors, 'not-found', 'rate-limited', ...bodyErrors] as const,
});

const health = {
  answers: {
    200: { description: 'All is answered, if slower while degraded', schema: healthSchema },
    503: { description: 'Postgres cannot be reached', schema: healthSchema },
  },
  errors: [],
};

/** The post service's API, served at `/api/posts/openapi.json`. */
export const postOpenApi = openApi({
  title: 'Relay posts',
  description:
    'Links that people post and vote for. Every read names its source in X-Cache: HIT, MISS, STALE, FALLBACK or UNCACHED.',
  paths: {
    '/api/posts': {
      get: {
        operationId: 'listPosts',
        summary: 'Posts, newest first',
        secured: true,
        parameters: queryParameters(listQuerySchema, {
          limit: HOW_MANY,
          cursor: '`next` of the page before',
          user: 'Only posts of this author',
        }),
        answers: {
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
        answers: { 201: { description: 'The post', schema: postSchema, headers: ['Location'] } },
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
        parameters: queryParameters(topQuerySchema, { limit: HOW_MANY }),
        answers: {
          200: { description: 'The best', schema: topSchema, headers: readHeaders },
          304: notModified,
        },
        errors: ['invalid', 'unavailable'],
      },
    },
    '/api/posts/{id}': {
      get: {
        operationId: 'getPost',
        summary: 'One post',
        secured: true,
        parameters: [idParameter],
        answers: {
          200: { description: 'The post', schema: postSchema, headers: readHeaders },
          304: notModified,
        },
        errors: ['invalid', 'not-found', 'unavailable'],
      },
      delete: {
        operationId: 'deletePost',
        summary: 'Delete a post of one’s own',
        secured: true,
        parameters: [idParameter],
        answers: { 204: { description: 'It is gone' } },
        errors: [...writeErrors, 'forbidden', 'not-found'],
      },
    },
    '/api/posts/{id}/upvote': {
      put: vote('upvote', 'Vote for a post; again changes nothing', bodyErrors),
      post: vote('upvoteByPost', 'The same as PUT', bodyErrors),
      delete: vote('removeUpvote', 'Take the vote back; again changes nothing', []),
    },
    '/api/posts/openapi.json': {
      get: {
        operationId: 'postOpenApi',
        summary: 'This document',
        answers: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({}) } },
        errors: [],
      },
    },
    '/api/posts/health': {
      get: { operationId: 'postHealth', summary: 'Whether the service can do its work', ...health },
    },
    '/health': {
      get: { operationId: 'health', summary: 'The same, not routed by the ingress', ...health },
    },
  },
});
