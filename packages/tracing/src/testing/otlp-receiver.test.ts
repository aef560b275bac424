import { afterEach, beforeEach, expect, test } from 'vitest';

import { startOtlpReceiver, type OtlpReceiver } from './otlp-receiver.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';

let receiver: OtlpReceiver;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
});
afterEach(() => receiver.stop());

function post(body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' };
  return fetch(`${receiver.endpoint}/v1/traces`, { method: 'POST', headers, body });
}

function request(name: string): string {
  const value = {
    arrayValue: { values: [{ intValue: '7' }, { boolValue: true }, { doubleValue: 0.5 }, {}] },
  };
  const spans = [{ traceId, spanId: name, name, kind: 2, attributes: [{ key: 'list', value }] }];
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
}

test('waits for a trace that arrives in several batches', async () => {
  const both = receiver.waitForTrace(traceId, (spans) => spans.length === 2);
  await post(request('first'));
  await post(request('second'));
  expect(await both).toMatchObject([
    { name: 'first', kind: 'server', attributes: { list: [7, true, 0.5, null] } },
    { name: 'second', parentSpanId: undefined, status: { code: 'unset', message: '' } },
  ]);
  expect(receiver.spans()).toHaveLength(2);
});

test('rejects malformed requests', async () => {
  const response = await post('{');
  expect(response.status).toBe(400);
});
