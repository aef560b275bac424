import { Router } from '@koa/router';
import type { Context } from 'koa';
import { expect, test } from 'vitest';

import { listenForTests } from '../testing/http.ts';
import { captureLog } from '../testing/log.ts';
import { noopRequestObserver } from '../testing/noop-request-observer.ts';
import { AppError, ERRORS, type ErrorCode } from './app-error.ts';
import { createHttpApp } from './app.ts';
import type { ErrorMapper } from './problem.ts';

const settings = { trustedHops: 0, bodyLimitBytes: 1024, corsOrigins: [] };

/** The answer, and the log lines, of this route. */
async function answerTo(route: (ctx: Context) => unknown, mapError?: ErrorMapper) {
  const router = new Router();
  router.get('/', async (ctx) => {
    await route(ctx);
  });
  const captured = captureLog();
  const { log } = captured;
  const app = createHttpApp({
    settings,
    log,
    observer: noopRequestObserver,
    router,
    ...(mapError && { mapError }),
  });
  const response = await fetch(await listenForTests(app.callback()));
  const text = await response.text();
  return { response, text, body: JSON.parse(text) as unknown, captured };
}

const fail = (error: unknown) => () => {
  throw error;
};

test.each(Object.keys(ERRORS) as ErrorCode[])('%s is a problem document', async (code) => {
  const { response, body } = await answerTo(fail(new AppError(code, 'What happened')));
  const { status, title } = ERRORS[code];
  expect(response.status).toBe(status);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(body).toEqual({
    type: `urn:relay:problem:${code}`,
    title,
    status,
    detail: 'What happened',
    requestId: response.headers.get('x-request-id'),
  });
});

test('lists the invalid fields', async () => {
  const errors = [{ path: 'title', message: 'Too short' }];
  const { body } = await answerTo(fail(new AppError('invalid', 'No', { errors })));
  expect(body).toMatchObject({ errors });
});

test('sends Retry-After in whole seconds, rounded up', async () => {
  const error = new AppError('rate-limited', 'Too many', { retryAfterSeconds: 1.2 });
  const { response } = await answerTo(fail(error));
  expect(response.headers.get('retry-after')).toBe('2');
});

test('sends WWW-Authenticate with a 401 (RFC 9110, section 11.6.1)', async () => {
  const { response } = await answerTo(fail(new AppError('unauthenticated', 'No token')));
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
});

test.each([
  ['an error', new Error('select password_hash from users at /srv/app.ts')],
  ['an error with a status of its own', Object.assign(new Error('secret'), { status: 500 })],
  ['something that is no error', 'a secret'],
])('reveals no detail of %s to the client', async (_name, thrown) => {
  const { response, body, captured } = await answerTo(fail(thrown));
  expect(response.status).toBe(500);
  expect(body).toEqual({
    type: 'urn:relay:problem:internal',
    title: 'Internal error',
    status: 500,
    detail: 'An unexpected error occurred',
    requestId: response.headers.get('x-request-id'),
  });
  expect(captured.lines()).toContainEqual(expect.objectContaining({ msg: 'Request failed' }));
});

test('hides the cause of an AppError from the client', async () => {
  const error = new AppError('unavailable', 'Later', { cause: new Error('10.0.0.7 is away') });
  const { text, captured } = await answerTo(fail(error));
  expect(text).not.toContain('10.0.0.7');
  expect(captured.text()).toContain('10.0.0.7');
});

const conflictOfRange: ErrorMapper = (error) =>
  error instanceof RangeError ? new AppError('conflict', 'Taken', { cause: error }) : undefined;

test('maps errors of libraries', async () => {
  expect((await answerTo(fail(new RangeError('x')), conflictOfRange)).response.status).toBe(409);
  expect((await answerTo(fail(new TypeError('x')), conflictOfRange)).response.status).toBe(500);
});

test('keeps the messages that Koa exposes to the client', async () => {
  const { response, body } = await answerTo((ctx) => ctx.throw(400, 'No such sort order'));
  expect(response.status).toBe(400);
  expect(body).toMatchObject({ title: 'Invalid request', detail: 'No such sort order' });
});

test('drops an ETag that was meant for the answer that failed', async () => {
  const { response } = await answerTo((ctx) => {
    ctx.set('ETag', '"1"');
    throw new AppError('not-found', 'Gone');
  });
  expect(response.headers.has('etag')).toBe(false);
});

test('leaves alone an error status with a body of its own', async () => {
  const { response, body } = await answerTo((ctx) => {
    ctx.status = 503;
    ctx.body = { status: 'down' };
  });
  expect(response.status).toBe(503);
  expect(body).toEqual({ status: 'down' });
});

test.each([
  ['an error that needs attention as error', new Error('a bug'), [50]],
  ['a dependency that is away as warning', new AppError('unavailable', 'Later'), [40]],
  ['a mistake of the client not at all', new AppError('invalid', 'No'), []],
])('logs %s', async (_name, error, levels) => {
  const { captured } = await answerTo(fail(error));
  expect(captured.lines().flatMap(({ level, err }) => (err ? [level] : []))).toEqual(levels);
});
