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

test('drops lines when its buffer is full, and logs their number when stdout is read again', async () => {
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

async function written(format: string): Promise<string[]> {
  const program = `
    import { createRequire } from 'node:module';
    import { createLogger } from ${JSON.stringify(new URL('logger.ts', import.meta.url).href)};
    createLogger({ level: 'info', service: 'auth', format: ${JSON.stringify(format)} }).info({ port: 1 }, 'Listening');
    const loaded = Object.keys(createRequire(import.meta.url).cache);
    process.on('exit', () => process.stderr.write(String(loaded.some((file) => file.includes('pino-pretty')))));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
  });
  const [out, error] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return [out, error];
}

test.each(['auto', 'json'])(
  'with %s a pipe gets JSON, and pino-pretty is not loaded',
  async (format) => {
    const [line, loaded] = await written(format);
    expect(JSON.parse(line!)).toMatchObject({ service: 'auth', port: 1, msg: 'Listening' });
    expect(loaded).toBe('false');
  },
);

test('with pretty each line is for people', async () => {
  const [line, loaded] = await written('pretty');
  expect(line).toMatch(/^\[\d\d:\d\d:\d\d\.\d{3}\] INFO: Listening .*"port":1.*\n$/);
  expect(loaded).toBe('true');
});
