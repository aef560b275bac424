import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { expect, test } from 'vitest';

const LINES = 20_000;
const LINE_BYTES = 1024;
const MAX_WAITING_BYTES = 16 * 1024 * 1024;

// One turn of the event loop: nothing can be written before all of it has been logged.
const flood = `
  import { createLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)};
  const log = createLogger({ level: 'info' });
  for (let line = 0; line < ${LINES}; line += 1) log.info('x'.repeat(${LINE_BYTES}));
`;

test('drops what nobody reads in time, and says how much when it is read again', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', flood], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [written] = await Promise.all([text(child.stdout), once(child, 'close')]);
  const lines = written.trimEnd().split('\n');
  const last = JSON.parse(lines.pop()!) as { level: number; droppedLines: number };
  expect(last).toMatchObject({ level: 40, droppedLines: LINES - lines.length });
  expect(lines.join('\n').length).toBeLessThanOrEqual(MAX_WAITING_BYTES);
  expect(lines.length).toBeGreaterThan(MAX_WAITING_BYTES / LINE_BYTES / 2);
});
