/** An error, and those behind it that came while what it left was put away. */
export function allErrors(error: unknown): Error[] {
  if (error instanceof SuppressedError) {
    return [...allErrors(error.suppressed), ...allErrors(error.error)];
  }
  return [error instanceof Error ? error : new Error(String(error))];
}
