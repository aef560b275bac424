/**
 * A local Postgres or Redis could not be started or stopped. The message is meant for a person: it names
 * the folder or port, the cause, and what to do. It is complete without a stack.
 */
export class LocalServiceError extends Error {
  override readonly name = 'LocalServiceError';
}

/** What went wrong, in words, of whatever was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`), undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
