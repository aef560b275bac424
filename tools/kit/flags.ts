import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

import { UsageError } from './cli.ts';

/**
 * The flags of a command line, by name.
 *
 * @throws UsageError for an unknown flag, a missing value or a word that is no flag
 */
export function readFlags<Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
) {
  return parse(() => parseArgs({ args, options })).values;
}

/**
 * The words of a command that has no flags.
 *
 * @throws UsageError for a flag
 */
export function readWords(args: string[]): string[] {
  return parse(() => parseArgs({ args, options: {}, allowPositionals: true })).positionals;
}

/**
 * The parser of a command without arguments.
 *
 * @throws UsageError for any
 */
export function noOptions(args: string[]): void {
  const [first] = readWords(args);
  if (first !== undefined) throw new UsageError(`Not expected: ${first}\nAll options: --help`);
}

function parse<Parsed>(parser: () => Parsed): Parsed {
  try {
    return parser();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${reason}\nAll options: --help`, { cause });
  }
}

/** @throws UsageError that names the flag */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag}: must be a whole number from ${min} to ${max}, not "${text}"`);
}
