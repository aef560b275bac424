/**
 * Takes the command off an error that ioredis has put it on. Its arguments are a password, or keys
 * and values, and loggers print what they find on an error.
 */
export function dropArguments(error: Error): Error {
  if ('command' in error) delete error.command;
  if ('lastNodeError' in error && error.lastNodeError instanceof Error) {
    dropArguments(error.lastNodeError);
  }
  return error;
}
