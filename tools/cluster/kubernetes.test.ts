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
  ['socket hang up', new Error('socket hang up')],
  ['odd', 'odd'],
])('says "%s" and no more', (text, error) => {
  expect(describeApiError(error)).toBe(text);
});
