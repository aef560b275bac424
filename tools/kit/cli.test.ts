import { afterEach, expect, test, vi } from 'vitest';

import { runCommand, UsageError, UserError, type CommandModule } from './cli.ts';
import { noOptions, readFlags, readWords, wholeNumber } from './flags.ts';

const print = vi.spyOn(console, 'log').mockReturnValue();
const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
const exit = vi.spyOn(process, 'exit').mockImplementation((code) => {
  throw new Error(`exit ${code}`);
});

afterEach(() => {
  vi.clearAllMocks();
  process.exitCode = undefined;
});

function command(run: () => Promise<number | void>, lead?: string) {
  const load = vi.fn<() => Promise<CommandModule<void>>>(async () => ({
    run,
    ...(lead && { lead }),
  }));
  return { usage: 'npm run it', parse: noOptions, load };
}

test.each([[['--help']], [['-h']], [['load', '--help']], [['--list', '--help']], [['down', '-h']]])(
  '%j prints the usage and loads nothing',
  async (args) => {
    const it = command(async () => {});
    await runCommand(it, args);
    expect(print).toHaveBeenCalledExactlyOnceWith('npm run it');
    expect(it.load).not.toHaveBeenCalled();
  },
);

test('the exit code is the return value of the program', async () => {
  await runCommand(
    command(async () => 99),
    [],
  );
  expect(process.exitCode).toBe(99);
});

test('arguments that cannot be used end with code 2, before anything is loaded', async () => {
  const it = command(async () => {});
  await expect(runCommand(it, ['word'])).rejects.toThrow('exit 2');
  expect(stderr).toHaveBeenCalledWith('Not expected: word\nAll options: --help\n');
  expect(it.load).not.toHaveBeenCalled();
});

test('a UserError is its message after the lead, without a stack, and code 1', async () => {
  const it = command(() => Promise.reject(new UserError('No Relay runs')), 'Cannot start:\n');
  await expect(runCommand(it, [])).rejects.toThrow('exit 1');
  expect(stderr).toHaveBeenCalledExactlyOnceWith('Cannot start:\nNo Relay runs\n');
});

test('any other error is printed with its stack', async () => {
  const it = command(() => Promise.reject(new Error('a bug')));
  await expect(runCommand(it, [])).rejects.toThrow('exit 1');
  expect(stderr).toHaveBeenCalledWith(expect.stringMatching(/^Error: a bug\n +at /));
  expect(exit).toHaveBeenCalledOnce();
});

test('flags, words and numbers are parsed or refused by name', () => {
  const flags = { out: { type: 'string' } } as const;
  expect(readFlags(['--out', 'there'], flags)).toEqual({ out: 'there' });
  expect(() => readFlags(['--in', 'there'], flags)).toThrow(UsageError);
  expect(() => readFlags(['word'], flags)).toThrow("Unexpected argument 'word'");
  expect(readWords(['get', 'key'])).toEqual(['get', 'key']);
  expect(() => readWords(['get', '--fast'])).toThrow("Unknown option '--fast'");
  expect(wholeNumber('--n', '7', 1, 7)).toBe(7);
  expect(() => wholeNumber('--n', '8', 1, 7)).toThrow('--n: must be a whole number from 1 to 7');
});
