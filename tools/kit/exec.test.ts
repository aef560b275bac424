import { expect, test } from 'vitest';

import { CommandError, lastLines, run } from './exec.ts';

const node = (script: string) => run(process.execPath, ['--eval', script]);

test('resolves with stdout', async () => {
  expect(await node('console.log("said"); console.error("noise")')).toBe('said');
});

test('an error has the command, its exit code, and the end of its stdout and stderr', async () => {
  const error = await node(
    'console.log("printed."); for (let i = 1; i <= 100; i++) console.error(`line ${i}.`); process.exitCode = 3',
  ).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  const { message } = error as CommandError;
  expect(message).toContain('--eval');
  expect(message).toContain('failed with exit code 3');
  expect(message).toContain('printed.');
  expect(message).toContain('line 100.');
  expect(message).not.toContain('line 1.');
});

test('names a missing program as the cause', async () => {
  await expect(run('relay-has-no-such-program', [])).rejects.toThrow(/there is no such program/);
});

test('passes on each line of both streams, and keeps stderr for the error', async () => {
  const lines: string[] = [];
  const script = 'console.error("one\\ntwo"); process.exitCode = 1';
  const failing = run(process.execPath, ['--eval', script], { onLine: (line) => lines.push(line) });
  await expect(failing).rejects.toThrow(/one\ntwo/);
  expect(lines).toEqual(['one', 'two']);

  const options = { onLine: (line: string) => lines.push(line) };
  expect(await run(process.execPath, ['--print', '"three"'], options)).toBe('three');
  expect(lines).toEqual(['one', 'two', 'three']);
});

test('adds to the environment and removes nothing', async () => {
  const script = 'console.log(process.env.RELAY_TEST, process.env.PATH !== undefined)';
  const environment = { RELAY_TEST: 'added' };
  expect(await run(process.execPath, ['--eval', script], { environment })).toBe('added true');
});

test('the signal kills the program', async () => {
  const started = new AbortController();
  const running = run(process.execPath, ['--eval', 'console.log(1); setInterval(() => {}, 9e5)'], {
    onLine: () => started.abort(),
    signal: started.signal,
  });
  await expect(running).rejects.toThrow(CommandError);
});

test('the last lines of a text leave out empty ones at its end', () => {
  expect(lastLines('a\nb\nc\n\n', 2)).toBe('b\nc');
});
