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
  return parse(() => parseArgs({ args, options })).values;
}

/**
 * The parser of a command that has no flag but --help.
 *
 * @throws UsageError for any other
 */
export function noOptions(args: string[]): 'help' | undefined {
  const { help, words } = readCommand(args);
  const [first] = words;
  if (first !== undefined)
    throw new UsageError(`Not expected: ${first}\nWhat can be typed: --help`);
  return help ? 'help' : undefined;
}

/**
 * The words of a command that has no flag but --help.
 *
 * @throws UsageError for any other flag
 */
export function readCommand(args: string[]): { help: boolean; words: string[] } {
  const options = { help: { type: 'boolean', short: 'h', default: false } } as const;
  const { values, positionals } = parse(() => parseArgs({ args, options, allowPositionals: true }));
  return { help: values.help, words: positionals };
}

function parse<Parsed>(parser: () => Parsed): Parsed {
  try {
    return parser();
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
