import { Router } from '@koa/router';
import { expect, test } from 'vitest';
import { z } from 'zod';

import { openApi } from '../http/openapi.ts';
import { assertOpenApi, conformance, documentedCalls, routedCalls } from './openapi-conformance.ts';

const thing = z.strictObject({ id: z.uuid(), madeAt: z.iso.datetime() });
const document = openApi({
  title: 'Things',
  description: 'A small API.',
  paths: {
    '/things/{id}': {
      get: {
        operationId: 'getThing',
        summary: 'One thing',
        secured: true,
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }],
        responses: {
          200: { description: 'It', schema: thing, headers: ['ETag'] },
          304: { description: 'The client has it' },
        },
        errors: ['not-found'],
      },
    },
    '/things/best': {
      get: {
        operationId: 'bestThing',
        summary: 'The best',
        responses: {
          200: { description: 'Its name', schema: z.strictObject({ name: z.string() }) },
        },
        errors: [],
      },
    },
  },
});

const ID = '0198c5a0-0000-7000-8000-000000000000';
const good = { id: ID, madeAt: '2026-01-01T00:00:00.000Z' };

const answer = (body: object, init: { status?: number; headers?: Record<string, string> } = {}) =>
  new Response(JSON.stringify(body), {
    ...init,
    headers: { 'Content-Type': 'application/json; charset=utf-8', ETag: '"1"', ...init.headers },
  });

test('accepts an answer that is as documented, and leaves it unread', async () => {
  const response = answer(good);
  expect(await conformance(document).check('GET', `/things/${ID}?x=1`, response)).toBe(response);
  expect(await response.json()).toEqual(good);
});

test('prefers a path without parameters', async () => {
  const api = conformance(document);
  await api.check('get', '/things/best', answer({ name: 'the first' }));
  expect(api.unvisited()).not.toContain('GET /things/best 200');
});

test.each([
  ['a status', answer({}, { status: 418 }), 'GET /things/{id} 418 is not documented'],
  ['a further field', answer({ ...good, secret: 1 }), 'must NOT have additional properties'],
  ['a missing field', answer({ id: ID }), "must have required property 'madeAt'"],
  ['a wrong format', answer({ ...good, id: '1' }), 'body/id must match'],
  ['a content type', answer(good, { headers: { 'Content-Type': 'text/html' } }), 'text/html'],
  ['a problem sent as JSON', answer({}, { status: 404 }), 'has the type application/json'],
  [
    'a shape of problem',
    answer({}, { status: 401, headers: { 'Content-Type': 'application/problem+json' } }),
    "must have required property 'type'",
  ],
  ['a lost header', Response.json(good), 'GET /things/{id} 200 lacks ETag'],
])('rejects %s that is not documented', async (_name, response, message) => {
  await expect(conformance(document).check('GET', `/things/${ID}`, response)).rejects.toThrow(
    message,
  );
});

test('rejects a path or a method that is not documented', async () => {
  const api = conformance(document);
  await expect(api.check('GET', '/other', answer({}))).rejects.toThrow('/other');
  await expect(api.check('PUT', '/things/1', answer({}))).rejects.toThrow('PUT');
  await expect(api.check('GET', '/things/1/2', answer({}))).rejects.toThrow('/things/1/2');
});

test('lists the responses that have not occurred', async () => {
  const api = conformance(document);
  await api.check('GET', `/things/${ID}`, answer(good));
  await api.check('GET', `/things/${ID}`, new Response(null, { status: 304 }));
  expect(api.unvisited()).toEqual([
    'GET /things/{id} 401',
    'GET /things/{id} 404',
    'GET /things/best 200',
  ]);
});

test('a rejected response does not count as an occurrence', async () => {
  const api = conformance(document);
  await expect(api.check('GET', '/things/best', answer({}))).rejects.toThrow('name');
  expect(api.unvisited()).toContain('GET /things/best 200');
});

test('distinguishes valid from invalid documents', async () => {
  await assertOpenApi(document);
  await expect(assertOpenApi({ ...document, info: {} })).rejects.toThrow('title');
});

test('names documented and routed calls alike', () => {
  const router = new Router();
  router.get(['/things/:id', '/things/best'], () => {});
  expect(routedCalls(router)).toEqual(documentedCalls(document));
});
