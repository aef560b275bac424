import { expect, test } from 'vitest';
import { z } from 'zod';

import { responsesOf, openApi } from '../http/openapi.ts';
import { createMetrics } from './metrics.ts';

const api = openApi({
  title: 'Things',
  description: 'A small API.',
  paths: {
    '/things/{id}': {
      get: {
        operationId: 'getThing',
        summary: 'One thing',
        secured: true,
        responses: { 200: { description: 'It', schema: z.string() } },
        errors: ['not-found'],
      },
      delete: {
        operationId: 'removeThing',
        summary: 'No thing',
        responses: { 204: { description: 'Gone' } },
        errors: [],
      },
    },
  },
});

function setUp() {
  const { registry, requests } = createMetrics({ service: 'test', version: '1.2.3' });
  const samples = async (name: string) =>
    (await registry.metrics()).split('\n').filter((line) => line.startsWith(name));
  return { requests, samples };
}

test('lists the documented statuses of each route, HEAD included', () => {
  expect(responsesOf(api)).toEqual([
    { method: 'GET', route: '/things/:id', statuses: [200, 401, 404] },
    { method: 'HEAD', route: '/things/:id', statuses: [200, 401, 404] },
    { method: 'DELETE', route: '/things/:id', statuses: [204] },
  ]);
});

test('documented statuses, and those of any request, are counted from 0', async () => {
  const { requests, samples } = setUp();
  requests.expect(responsesOf(api));
  const labels = 'method="GET",route="/things/:id"';
  const counters = await samples(`http_requests_total{${labels}`);
  expect(counters).toEqual(
    [200, 401, 404, 499, 500].map(
      (status) => `http_requests_total{${labels},status="${status}"} 0`,
    ),
  );
  expect(await samples(`http_request_duration_seconds_count{${labels}`)).toHaveLength(1);
  expect(await samples('http_requests_total{method="other",route="unmatched"')).not.toEqual([]);
});

test('two services of one process may register the same route', async () => {
  const { requests, samples } = setUp();
  requests.expect(responsesOf(api));
  requests.started();
  requests.ended({ method: 'DELETE', route: '/things/:id', status: 204, durationMs: 3 });
  requests.expect(responsesOf(api));
  const labels = 'method="DELETE",route="/things/:id"';
  expect(await samples(`http_requests_total{${labels},status="204"`)).toEqual([
    `http_requests_total{${labels},status="204"} 1`,
  ]);
  expect(await samples(`http_request_duration_seconds_bucket{le="0.005",${labels}`)).toEqual([
    `http_request_duration_seconds_bucket{le="0.005",${labels}} 1`,
  ]);
});

test('counts undocumented statuses too', async () => {
  const { requests, samples } = setUp();
  requests.started();
  requests.ended({ method: 'GET', route: '/new', status: 418, durationMs: 1 });
  expect(await samples('http_requests_total{method="GET",route="/new"')).toEqual([
    'http_requests_total{method="GET",route="/new",status="418"} 1',
  ]);
});
