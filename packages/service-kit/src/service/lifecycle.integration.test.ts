import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

import { afterEach, expect, test } from 'vitest';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

const modules = new URL('../', import.meta.url).href;

/** Listens, fills a pipe several times over (64 KiB on Linux), then writes to stderr. */
const program = (format: string) => `
  import { createLogger } from '${modules}process/logger.ts';
  import { start, stopOnSignals } from '${modules}service/lifecycle.ts';
  const log = createLogger({ level: 'info', format: '${format}' });
  const running = await start({
    log,
    listeners: [{ variable: 'PORT', handle() {}, host: '127.0.0.1', port: 0 }],
    onDraining() {},
    closeInOrder: [],
    deadlineMs: 2000,
  });
  stopOnSignals(running);
  for (let line = 0; line < 500; line += 1) log.info('x'.repeat(1000));
  process.stderr.write('filled');
`;

async function startProgram(format: string) {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program(format)]);
  children.push(child);
  const exit = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  await once(child.stderr, 'data');
  return { child, exit };
}

test.each(['json', 'pretty'])('ends at SIGTERM if nothing reads its %s log', async (format) => {
  const { child, exit } = await startProgram(format);
  child.kill('SIGTERM');
  expect(await exit).toEqual([null, 'SIGKILL']);
});

test.each(['json', 'pretty'])('writes its whole %s log before it ends', async (format) => {
  const { child, exit } = await startProgram(format);
  const written = text(child.stdout);
  child.kill('SIGTERM');
  expect(await exit).toEqual([0, null]);
  const lines = (await written).trimEnd().split('\n');
  expect(lines.at(-1)).toContain('Shut down');
  expect(lines).toHaveLength(502);
});
