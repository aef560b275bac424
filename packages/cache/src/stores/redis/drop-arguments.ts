/**
 * Deletes the command that ioredis adds to an error. Its arguments may be a password, or keys and
 * values, and loggers print an error's properties.
 */
export function dropArguments(error: Error): Error {
  if ('command' in error) delete error.command;
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) {
    dropArguments(error.lastNodeError);
  }
  return error;
}
