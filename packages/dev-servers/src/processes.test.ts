import { describe, expect, it } from 'vitest';

import { becomesTrue, commandOf, isTaken, run, tail } from './processes.ts';

describe('run', () => {
  it('returns the output of a program, and whether it succeeded', async () => {
    const script =
      'console.log("out"); console.error("err"); process.exit(Number(process.argv[1]))';
    expect(await run(process.execPath, ['-e', script, '0'])).toEqual({
      ok: true,
      output: 'err\nout',
    });
    expect(await run(process.execPath, ['-e', script, '3'])).toEqual({
      ok: false,
      output: 'err\nout',
    });
  });

  it('answers with the reason when there is no such program', async () => {
    const { ok, output } = await run('/no/such/program', []);
    expect(ok).toBe(false);
    expect(output).toContain('ENOENT');
  });
});

describe('commandOf', () => {
  it('distinguishes a live process from none', async () => {
    expect(await commandOf(process.pid)).toContain('node');
    expect(isTaken(process.pid)).toBe(true);
    const none = 4_194_305;
    expect(await commandOf(none)).toBeUndefined();
    expect(isTaken(none)).toBe(false);
  });
});

describe('becomesTrue', () => {
  it('polls until the condition is true', async () => {
    const answers = [false, false, true];
    const condition = () => answers.shift() ?? false;
    expect(await becomesTrue(condition, { timeoutMs: 10_000, intervalMs: 0 })).toBe(true);
    expect(answers).toEqual([]);
  });

  it('gives up when the time is over', async () => {
    expect(await becomesTrue(() => false, { timeoutMs: 0 })).toBe(false);
  });
});

describe('tail', () => {
  it('keeps the last eight lines, without timestamps', () => {
    const lines = Array.from(
      { length: 9 },
      (_, n) => `2026-11-23 06:03:16.532 UTC [8893] line ${n}`,
    );
    expect(tail(`${lines.join('\n')}\n`).split('\n')).toEqual(
      Array.from({ length: 8 }, (_, n) => `  line ${n + 1}`),
    );
  });
});
