import { expect, test } from 'vitest';
import { z } from 'zod';

import { assertOpenApi } from '../testing/openapi-conformance.ts';
import { openApi } from './openapi.ts';

const document = openApi({
  title: 'Things',
  description: 'A small API.',
  paths: {
    '/things': {
      post: {
        operationId: 'addThing',
        summary: 'Add a thing',
        secured: true,
        body: z.strictObject({ name: z.string().trim().max(9), size: z.int().default(1) }),
        responses: {
          201: {
            description: 'It',
            schema: z.strictObject({ size: z.int().default(1) }),
            headers: ['Location'],
          },
        },
        errors: ['invalid'],
      },
    },
    '/open': {
      get: {
        operationId: 'open',
        summary: 'For all',
        responses: { 204: { description: 'Nothing' } },
        errors: [],
      },
    },
  },
});

const { post } = (document['paths'] as Record<string, Record<string, object>>)['/things']!;
const { get } = (document['paths'] as Record<string, Record<string, object>>)['/open']!;

test('is valid OpenAPI 3.1', async () => {
  await expect(assertOpenApi(document)).resolves.toBeUndefined();
});

test('describes the input of a body and the output of a response', () => {
  expect(post).toMatchObject({
    requestBody: {
      required: true,
      content: { 'application/json': { schema: { required: ['name'] } } },
    },
    responses: {
      201: {
        content: { 'application/json': { schema: { required: ['size'] } } },
        headers: { Location: { required: true } },
      },
    },
  });
});

test('describes errors as problems, and a 401 wherever a token is needed', () => {
  const problem = {
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  expect(post).toMatchObject({
    security: [{ bearer: [] }],
    responses: { 400: problem, 401: problem },
  });
  expect(get).toEqual({
    operationId: 'open',
    summary: 'For all',
    security: [],
    responses: { 204: { description: 'Nothing' } },
  });
});
