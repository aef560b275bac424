import { expect, test } from 'vitest';

import { createErrorReports } from './error-reports.ts';

test('an outage is reported at its beginning and once in ten seconds', () => {
  let nowMs = 0;
  const reports: unknown[] = [];
  const report = createErrorReports(
    (error) => void reports.push(error),
    () => nowMs,
  );
  for (; nowMs < 30_000; nowMs += 250) report(`failed at ${nowMs}`);
  expect(reports).toEqual(['failed at 0', 'failed at 10000', 'failed at 20000']);
});
