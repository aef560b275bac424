/** An error and those it suppressed, first to last. */
export function allErrors(error: unknown): Error[] {
  if (error instanceof SuppressedError) {
    return [...allErrors(error.suppressed), ...allErrors(error.error)];
  }
  return [error instanceof Error ? error : new Error(String(error))];
}
