/** Commands whose first argument is no key: a password, a setting, a text. */
const withoutKey = new Set(['acl', 'auth', 'client', 'config', 'echo', 'hello', 'ping']);

/** Scripts are called with their source or hash, the number of keys, and then the keys. */
const scripts = new Set(['eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro']);

/** A namespace: what comes before the first colon, inside or outside a hash tag. */
const namespace = /^\{?([a-z][a-z0-9_-]{0,31}):/i;

/**
 * A Redis command as a span may show it: the command and the namespace of its first key. Values are
 * left out, and so is the rest of the key, which may hold a user's id, an address or a name.
 *
 * @example
 * redisStatement('set', ['posts:user:42', '{...}', 'PX', 300_000]); // 'set posts:*'
 */
export function redisStatement(command: string, args: readonly unknown[]): string {
  const name = command.toLowerCase();
  if (withoutKey.has(name)) return command;
  const key = args[scripts.has(name) ? 2 : 0];
  const found =
    typeof key === 'string' || Buffer.isBuffer(key) ? namespace.exec(String(key)) : null;
  return found ? `${command} ${found[1]}:*` : command;
}
