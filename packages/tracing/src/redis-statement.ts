/** Commands with a password, a setting or a text as the first argument, not a key. */
const withoutKey = new Set(['acl', 'auth', 'client', 'config', 'echo', 'hello', 'ping']);

/** The arguments of scripts: source or hash, number of keys, keys. */
const scripts = new Set(['eval', 'eval_ro', 'evalsha', 'evalsha_ro', 'fcall', 'fcall_ro']);

/** A namespace: the part before the first colon, inside or outside a hash tag. */
const namespace = /^\{?([a-z][a-z0-9_-]{0,31}):/i;

/**
 * Redacts a Redis command for a span: returns the command and the namespace of its first key. The rest of the
 * key may contain a user's id, an address or a name.
 *
 * @example
 * redisStatement('set', ['posts:user:42', '{...}', 'PX', 300_000]); // 'set posts:*'
 */
export function redisStatement(command: string, args: readonly unknown[]): string {
  const name = command.toLowerCase();
  if (withoutKey.has(name)) return command;
  const key = args[scripts.has(name) ? 2 : 0];
  const match =
    typeof key === 'string' || Buffer.isBuffer(key) ? namespace.exec(String(key)) : null;
  return match ? `${command} ${match[1]}:*` : command;
}
