import { expect, test } from 'vitest';

import { allErrors } from './errors.ts';

test('lists suppressed errors in the order in which they were thrown', async () => {
  const recovery = new AsyncDisposableStack();
  recovery.defer(() => Promise.reject(new Error('third')));
  recovery.defer(() => Promise.reject(new Error('second')));
  recovery.defer(() => Promise.reject(new Error('first')));
  const error: unknown = await recovery.disposeAsync().catch((thrown: unknown) => thrown);
  expect(allErrors(error).map(({ message }) => message)).toEqual(['first', 'second', 'third']);
});

test('turns any other thrown value into an error', () => {
  expect(allErrors('why').map(({ message }) => message)).toEqual(['why']);
});
