import { expect, test } from 'vitest';

import { ApiError, fieldErrorsOf, messageOf, NetworkError } from './problem.ts';
import { createRequestLog } from './request-log.ts';
import { createTransport, type Call } from './transport.ts';

/** Requests get these responses in turn; an Error is a failed connection. */
function transportWith(...responses: (Response | Error)[]) {
  const requests: { path: string; init: RequestInit }[] = [];
  const clock = { nowMs: 1000, uptimeMs: 0 };
  const log = createRequestLog();
  const { send, reachable } = createTransport({
    async fetch(path, init) {
      requests.push({ path: path as string, init: init! });
      clock.nowMs += 7;
      clock.uptimeMs += 7;
      const response = responses.shift()!;
      if (response instanceof Error) throw response;
      return response;
    },
    log,
    now: () => clock.nowMs,
    uptime: () => clock.uptimeMs,
  });
  return { send, reachable, requests, records: log.records, clock };
}

const LIST: Call = { method: 'GET', path: '/api/posts' };

const problem = (status: number, more: object = {}, headers: Record<string, string> = {}) =>
  new Response(
    JSON.stringify({ type: 'urn:relay:problem:x', status, detail: 'A detail', ...more }),
    {
      status,
      headers: { 'Content-Type': 'application/problem+json', ...headers },
    },
  );

test('returns the JSON, and records the source and the times of the read', async () => {
  const headers = { 'X-Cache': 'HIT', 'Server-Timing': 'cache;desc=HIT;dur=0.42' };
  const { send, records } = transportWith(Response.json({ posts: [] }, { headers }));
  expect(await send(LIST)).toEqual({ posts: [] });
  expect(records.value).toEqual([
    {
      id: 1,
      atMs: 1007,
      method: 'GET',
      path: '/api/posts',
      status: 200,
      source: 'HIT',
      serverMs: 0.42,
      totalMs: 7,
    },
  ]);
});

test('after a sleep of the machine, records have the time of the clock, and durations are right', async () => {
  const { send, records, clock } = transportWith(Response.json({}));
  const sent = send(LIST);
  clock.nowMs += 3_600_000;
  await sent;
  expect(records.value).toMatchObject([{ atMs: 3_601_007, totalMs: 7 }]);
});

test('sends a body as JSON, and takes an empty response', async () => {
  const { send, requests } = transportWith(new Response(null, { status: 204 }));
  const call: Call = { method: 'PUT', path: '/x', body: { a: 1 }, headers: { Authorization: 'B' } };
  expect(await send(call)).toBeUndefined();
  expect(requests[0]!.init).toMatchObject({
    method: 'PUT',
    body: '{"a":1}',
    headers: { 'Content-Type': 'application/json', Authorization: 'B' },
  });
});

test('a request ends with its page unless it is kept alive', async () => {
  const { send, requests } = transportWith(Response.json({}), Response.json({}));
  await send(LIST);
  await send({ ...LIST, keepalive: true });
  expect(requests.map(({ init }) => init.keepalive)).toEqual([false, true]);
});

test('a problem document becomes an error with a message for each field', async () => {
  const errors = [
    { path: 'title', message: 'Too long' },
    { path: 'url', message: 'Not a URL' },
    { path: 'title', message: 'No control characters' },
  ];
  const { send, records } = transportWith(problem(400, { errors }));
  const error = await send(LIST).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ApiError);
  expect(fieldErrorsOf(error)).toEqual({
    title: 'Too long. No control characters',
    url: 'Not a URL',
  });
  expect(messageOf(error)).toBe('A detail.');
  expect(records.value).toMatchObject([{ status: 400, source: undefined, serverMs: undefined }]);
});

test.each([
  [problem(429, {}, { 'Retry-After': '30' }), 'Too many requests. Try again in 30 seconds.'],
  [problem(503, {}, { 'Retry-After': '1' }), 'Relay cannot do this now. Try again in a second.'],
  [problem(503, { type: 'urn:relay:problem:outcome-unknown' }), /^A detail\.$/],
  // From a proxy.
  [
    new Response('', { status: 503, headers: { 'Retry-After': 'Thu, 01 Jan 2026 00:00:00 GMT' } }),
    'Relay cannot do this now. Try again soon.',
  ],
  [
    new Response('<h1>Bad gateway</h1>', { status: 502 }),
    'Relay cannot do this now. Try again soon.',
  ],
])('an error has a sentence for the user: %#', async (response, message) => {
  const { send } = transportWith(response);
  const error = await send(LIST).catch((thrown: unknown) => thrown);
  expect(messageOf(error)).toMatch(message);
  expect(fieldErrorsOf(error)).toEqual({});
});

test('a repetition is recommended only after a repeatable call with an unknown outcome', async () => {
  const { send } = transportWith(problem(503, { type: 'urn:relay:problem:outcome-unknown' }));
  const error = await send({ ...LIST, isRepeatable: true }).catch((thrown: unknown) => thrown);
  expect(messageOf(error)).toBe(
    'It is not certain whether this was saved. Try again: it is not saved twice.',
  );
});

test('without a response Relay is unreachable until the next one', async () => {
  const { send, reachable, records } = transportWith(
    new TypeError('Failed to fetch'),
    Response.json({}),
  );
  await expect(send(LIST)).rejects.toThrow(NetworkError);
  expect(reachable.value).toBe(false);
  expect(records.value).toMatchObject([{ status: undefined }]);
  await send(LIST);
  expect(reachable.value).toBe(true);
});

test('leaves unlogged requests out of the records, and keeps the latest first', async () => {
  const { send, records } = transportWith(...Array.from({ length: 203 }, () => Response.json({})));
  await send({ ...LIST, unlogged: true });
  expect(records.value).toEqual([]);
  for (let sent = 1; sent <= 202; sent += 1) await send(LIST);
  expect(records.value.map(({ id }) => id)).toEqual(
    Array.from({ length: 200 }, (_, index) => 202 - index),
  );
});
