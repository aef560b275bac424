import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, onTestFinished, test } from 'vitest';

import { UserError } from './cli.ts';
import { prometheusAt, prometheusIn } from './prometheus.ts';

/** A Prometheus that answers every request alike, and its URL. */
async function startFake(status: number, body: object) {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(decodeURIComponent(request.url!));
    response.writeHead(status).end(JSON.stringify(body));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a query returns the value of each series as a number', async () => {
  const labels = { job: 'relay-post' };
  const result = [{ metric: labels, value: [1000, '0.5'] }];
  const { url, requests } = await startFake(200, { data: { result } });
  const options = { atMs: 1_000_500, timeoutSeconds: 1 };
  expect(await prometheusAt(url).query('up', options)).toEqual([{ labels, value: 0.5 }]);
  expect(requests).toEqual(['/api/v1/query?query=up&time=1000.5&timeout=1s']);
});

test('a range query returns the points of each series, and NaN for a missing value', async () => {
  const values = [
    [1000, '1'],
    [1015.5, 'NaN'],
  ];
  const { url, requests } = await startFake(200, { data: { result: [{ metric: {}, values }] } });
  const range = { fromMs: 1_000_000, toMs: 1_030_000, stepSeconds: 15 };
  expect(await prometheusAt(url).queryRange('up', range)).toEqual([
    {
      labels: {},
      points: [
        { atMs: 1_000_000, value: 1 },
        { atMs: 1_015_500, value: NaN },
      ],
    },
  ]);
  expect(requests).toEqual(['/api/v1/query_range?query=up&start=1000&end=1030&step=15']);
});

test('through the API server, requests go to the Service of the monitoring stack', async () => {
  const calls: unknown[] = [];
  const prometheus = prometheusIn({
    async getFromService<T>(...call: unknown[]) {
      calls.push(call);
      return { data: ['relay-auth'] } as T;
    },
  });
  expect(await prometheus.labelValues('up', 'job')).toEqual(['relay-auth']);
  const service = 'kube-prometheus-stack-prometheus';
  expect(calls).toEqual([
    [
      { namespace: 'monitoring', service, port: 9090 },
      'api/v1/label/job/values',
      { 'match[]': 'up' },
    ],
  ]);
});

test('a rejected query and a missing Prometheus are errors for the user', async () => {
  const { url } = await startFake(400, { error: 'parse error' });
  await expect(prometheusAt(url).query('up{')).rejects.toThrow(/^up\{\n.*parse error/);
  const missing = prometheusAt('http://127.0.0.1:1').query('up');
  await expect(missing).rejects.toThrow(UserError);
  await expect(missing).rejects.toThrow(
    'No Prometheus answers at http://127.0.0.1:1. To forward it: npm run cluster:forward',
  );
});
