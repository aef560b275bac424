import { expect, test } from 'vitest';

import { allErrors } from './errors.ts';

test('all that went wrong is told, the first first', async () => {
  const healing = new AsyncDisposableStack();
  healing.defer(() => Promise.reject(new Error('third')));
  healing.defer(() => Promise.reject(new Error('second')));
  healing.defer(() => Promise.reject(new Error('first')));
  const error: unknown = await healing.disposeAsync().catch((thrown: unknown) => thrown);
  expect(allErrors(error).map(({ message }) => message)).toEqual(['first', 'second', 'third']);
});

test('what is no error is told as well', () => {
  expect(allErrors('why').map(({ message }) => message)).toEqual(['why']);
});
