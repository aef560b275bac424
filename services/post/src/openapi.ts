import { healthSchema, openApi, type ErrorCode } from '@relay/service-kit';
import { z } from 'zod';

import { draftSchema } from './post.ts';
import { DEFAULT_PAGE_SIZE, DEFAULT_TOP, MAX_PAGE_SIZE } from './request.ts';

const postSchema = z.strictObject({
  id: z.uuid(),
  title: z.string(),
  url: z.url(),
  votes: z.int().min(0),
  author: z.strictObject({ id: z.uuid(), username: z.string() }),
  createdAt: z.iso.datetime(),
});

const pageSchema = z.strictObject({ posts: z.array(postSchema), next: z.string().nullable() });
const topSchema = z.strictObject({ posts: z.array(postSchema) });
const tallySchema = z.strictObject({ id: z.uuid(), votes: z.int().min(0) });

const readHeaders = ['ETag', 'X-Cache', 'Server-Timing', 'Cache-Control'];
const notModified = { description: 'The client has it already', headers: readHeaders };

const idParameter = {
  name: 'id',
  in: 'path',
  required: true,
  schema: { type: 'string', format: 'uuid' },
};

const query = (name: string, schema: object, description: string) => ({
  name,
  in: 'query',
  required: false,
  schema,
  description,
});

const limitParameter = (byDefault: number) =>
  query(
    'limit',
    { type: 'integer', minimum: 1, maximum: MAX_PAGE_SIZE, default: byDefault },
    'How many posts; only the default is cached',
  );

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
  errors: [...writeErrors, 'not-found', ...bodyErrors] as const,
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
        parameters: [
          limitParameter(DEFAULT_PAGE_SIZE),
          query('cursor', { type: 'string' }, '`next` of the page before'),
          query('user', { type: 'string', format: 'uuid' }, 'Only posts of this author'),
        ],
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
        body: draftSchema,
        answers: { 201: { description: 'The post', schema: postSchema, headers: ['Location'] } },
        errors: [...writeErrors, ...bodyErrors],
      },
    },
    '/api/posts/top': {
      get: {
        operationId: 'topPosts',
        summary: 'Posts, most votes first',
        secured: true,
        parameters: [limitParameter(DEFAULT_TOP)],
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
