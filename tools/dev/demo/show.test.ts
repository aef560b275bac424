import { expect, test } from 'vitest';

import { asCurl } from './show.ts';

test('writes a call as a person would type it, without the token itself', () => {
  const call = {
    method: 'POST',
    path: '/api/posts',
    body: { title: 'A' },
    token: 'secret',
  } as const;
  expect(asCurl('http://localhost:5000', call)).toBe(
    [
      'curl -X POST http://localhost:5000/api/posts \\',
      '    -H "Authorization: Bearer $TOKEN" \\',
      '    -H "Content-Type: application/json" \\',
      `    -d '{"title":"A"}'`,
    ].join('\n'),
  );
});
