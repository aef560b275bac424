/**
 * A local Postgres or Redis could not be started or stopped. The message names the folder or port, the cause
 * and the remedy, and needs no stack.
 */
export class DevServerError extends Error {
  override readonly name = 'DevServerError';
}

/** The message of a thrown value. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`, `EACCES`), undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
