import { expect, test } from 'vitest';

import { createAccountApi } from './account.ts';
import { ApiError } from './problem.ts';

const refusing = (status: number) => {
  const send = () => Promise.reject(new ApiError(status));
  return createAccountApi(send, send);
};

test('a session that has ended already counts as ended', async () => {
  await expect(refusing(404).endSession('a')).resolves.toBeUndefined();
  await expect(refusing(503).endSession('a')).rejects.toMatchObject({ status: 503 });
});
