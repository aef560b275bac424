import { OperatorError } from './operator-error.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Prints the error on stderr and ends the process with code 1. An `OperatorError` is printed without a
 * stack trace.
 *
 * @param expected further error classes that are printed without a stack trace
 * @param lead printed before the message
 */
export function exitWith(
  error: unknown,
  expected: readonly ErrorClass[] = [],
  { lead = 'Cannot start:\n' } = {},
): never {
  const isExpected = [OperatorError, ...expected].some((kind) => error instanceof kind);
  const text = error instanceof Error ? (isExpected ? error.message : error.stack) : String(error);
  process.stderr.write(`${lead}${text}\n`);
  process.exit(1);
}
