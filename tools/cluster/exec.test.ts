import { expect, test } from 'vitest';

import { CommandError, lastLines, run } from './exec.ts';

const node = (script: string) => run(process.execPath, ['--eval', script]);

test('answers what a command wrote to stdout', async () => {
  expect(await node('console.log("said"); console.error("noise")')).toBe('said');
});

test('an error has the command, its exit code, and the end of what it said', async () => {
  const error = await node(
    'for (let i = 1; i <= 100; i++) console.error(`line ${i}.`); process.exitCode = 3',
  ).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(CommandError);
  const { message } = error as CommandError;
  expect(message).toContain('--eval');
  expect(message).toContain('failed with exit code 3');
  expect(message).toContain('line 100.');
  expect(message).not.toContain('line 1.');
});

test('a program that is not there is an error that says so', async () => {
  await expect(run('relay-has-no-such-program', [])).rejects.toThrow(/there is no such program/);
});

test('tells each line as it comes, and keeps it for the error', async () => {
  const lines: string[] = [];
  const failing = run(process.execPath, ['--eval', 'console.error("one\\ntwo"); process.exit(1)'], {
    onLine: (line) => lines.push(line),
  });
  await expect(failing).rejects.toThrow(/one\ntwo/);
  expect(lines).toEqual(['one', 'two']);
});

test('adds to the environment, and takes nothing from it', async () => {
  const script = 'console.log(process.env.RELAY_TEST, process.env.PATH !== undefined)';
  const environment = { RELAY_TEST: 'added' };
  expect(await run(process.execPath, ['--eval', script], { environment })).toBe('added true');
});

test('the last lines of a text are those with something in them', () => {
  expect(lastLines('a\nb\nc\n\n', 2)).toBe('b\nc');
});
