import { expect, test } from 'vitest';

import { createDiagnostics } from './diagnostics.ts';

function setUp() {
  const lines: unknown[] = [];
  const clock = { ms: 0 };
  const diagnostics = createDiagnostics({
    service: 'post',
    write: (line) => lines.push(JSON.parse(line)),
    now: () => clock.ms,
  });
  return { lines, clock, diagnostics };
}

test('writes a lost batch as one line in pino’s format, at warn', () => {
  const { lines, diagnostics } = setUp();
  const refused = Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
  diagnostics.exportFailed(refused);
  expect(lines).toEqual([
    {
      level: 40,
      time: '1970-01-01T00:00:00.000Z',
      service: 'post',
      err: { type: 'Error', message: 'connect refused', code: 'ECONNREFUSED' },
      msg: 'Could not export spans',
    },
  ]);
});

test('names a failure that has no message by its code', () => {
  const { lines, diagnostics } = setUp();
  diagnostics.exportFailed(Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }));
  diagnostics.error('a text', 7);
  expect(lines).toMatchObject([
    { err: { message: 'ECONNREFUSED' } },
    { level: 50, msg: 'a text 7' },
  ]);
});

test('suppresses lines that differ in numbers only, and counts them', () => {
  const { lines, clock, diagnostics } = setUp();
  diagnostics.warn('Dropped 12 spans');
  diagnostics.warn('Dropped 34 spans');
  diagnostics.warn('Something else');
  clock.ms = 10 * 60_000;
  diagnostics.warn('Dropped 56 spans');
  expect(lines).toMatchObject([
    { msg: 'Dropped 12 spans' },
    { msg: 'Something else' },
    { msg: 'Dropped 56 spans', heldBack: 1 },
  ]);
});
