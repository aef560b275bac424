import { ApiException } from '@kubernetes/client-node';
import { expect, test } from 'vitest';

import { describeApiError } from './kubernetes.ts';

const forbidden = JSON.stringify({ kind: 'Status', message: 'pods is forbidden' });

test.each([
  ['pods is forbidden', new ApiException(403, 'Unknown', forbidden, {})],
  ['the API server answered 502', new ApiException(502, 'Unknown', '<html>', {})],
  [
    'connect ECONNREFUSED',
    new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }),
  ],
  [
    'query timed out',
    new ApiException(503, 'Unknown', JSON.stringify({ error: 'query timed out' }), {}),
  ],
  ['socket hang up', new Error('socket hang up')],
  ['odd', 'odd'],
])('describes an error of the API as "%s"', (text, error) => {
  expect(describeApiError(error)).toBe(text);
});
