type ErrorClass = abstract new (...args: never[]) => Error;

/**
 * Ends the process with code 1, saying why on stderr.
 *
 * @param expected errors whose message alone says what to do; any other shows its stack
 */
export function fail(error: unknown, expected: readonly ErrorClass[]): never {
  const known = expected.some((kind) => error instanceof kind);
  const text = error instanceof Error && !known ? error.stack : undefined;
  console.error(text ?? (error instanceof Error ? error.message : String(error)));
  process.exit(1);
}
