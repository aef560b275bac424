import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';

/** What was typed cannot be done; the message says why, for a person. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/**
 * The flags of a command line, by name.
 *
 * @throws UsageError for one that is not known, or has no value
 */
export function readFlags<Options extends ParseArgsOptionsConfig>(
  args: string[],
  options: Options,
) {
  try {
    return parseArgs({ args, options }).values;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UsageError(`${reason}\nWhat can be typed: --help`, { cause });
  }
}

/** @throws UsageError that names the flag */
export function wholeNumber(flag: string, text: string, min: number, max: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UsageError(`${flag}: must be a whole number from ${min} to ${max}, not "${text}"`);
}
