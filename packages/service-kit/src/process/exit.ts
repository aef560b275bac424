import { MigrationError } from '../postgres/migrations.ts';
import { ConfigError } from './config.ts';
import { ListenError } from './lifecycle.ts';

type ErrorClass = abstract new (...args: never[]) => Error;

const OPERATORS_MISTAKES: readonly ErrorClass[] = [ConfigError, ListenError, MigrationError];

/**
 * Ends the process with code 1, saying why on stderr. A mistake of the operator's gets no stack
 * trace.
 *
 * @param expected further errors whose message alone says what to do
 * @param lead the words before it
 */
export function exitWith(
  error: unknown,
  expected: readonly ErrorClass[] = [],
  { lead = 'Cannot start:\n' } = {},
): never {
  const known = [...OPERATORS_MISTAKES, ...expected].some((kind) => error instanceof kind);
  const text = error instanceof Error ? (known ? error.message : error.stack) : String(error);
  process.stderr.write(`${lead}${text}\n`);
  process.exit(1);
}
