import { z } from 'zod';

import { OperatorError } from './operator-error.ts';

/** Invalid environment variables. The message lists each variable with its problem, one a line. */
export class ConfigError extends OperatorError {
  override readonly name = 'ConfigError';
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads settings from the environment. An empty variable counts as unset. If the shape has a password
 * for a URL (`REDIS_PASSWORD` for `REDIS_URL`), it is added to the URL, so that a Secret can hold the
 * plain password, of any characters.
 *
 * @param shape one zod type per variable
 * @throws ConfigError that names each missing or invalid variable, never its value, which may be a
 *   password
 *
 * @example
 * const config = readConfig({ PORT: port(8080), DATABASE_URL: postgresUrl() }, process.env);
 */
export function readConfig<Shape extends z.ZodRawShape>(
  shape: Shape,
  environment: Environment,
): z.output<z.ZodObject<Shape>> {
  const given = Object.fromEntries(
    Object.keys(shape).map((name) => [name, environment[name] || undefined]),
  );
  const result = z.object(shape).safeParse(given);
  if (result.success) return withPasswords(result.data);
  const lines = result.error.issues.map((issue) => {
    const name = issue.path.join('.');
    return `${name}: ${given[name] === undefined ? 'is required and not set' : issue.message}`;
  });
  throw new ConfigError(lines.join('\n'));
}

function withPasswords<Config extends Record<string, unknown>>(config: Config): Config {
  const urls = Object.entries(config).flatMap(([name, value]) => {
    const password = config[name.replace(/_URL$/, '_PASSWORD')];
    if (!name.endsWith('_URL') || typeof value !== 'string' || typeof password !== 'string') {
      return [];
    }
    const url = new URL(value);
    // The setter would treat a percent sign as the start of an escape.
    url.password = encodeURIComponent(password);
    return [[name, url.href]];
  });
  return { ...config, ...Object.fromEntries(urls) };
}

/** A whole number from `min` to `max`. Every setting has a maximum, and the maximum works. */
export function wholeNumber(byDefault: number, min: number, max: number) {
  const message = `must be a whole number from ${min} to ${max}`;
  return z
    .string()
    .regex(/^\d+$/, message)
    .transform(Number)
    .pipe(z.number().min(min, message).max(max, message))
    .default(byDefault);
}

/** A TCP port; 0 for any free port. */
export const port = (byDefault: number) => wholeNumber(byDefault, 0, 65_535);

/** `true` or `false`. */
export const flag = (byDefault: boolean) =>
  z
    .enum(['true', 'false'], 'must be true or false')
    .transform((text) => text === 'true')
    .default(byDefault);

/** A comma-separated list, without empty items. */
export const list = () =>
  z
    .string()
    .default('')
    .transform((text) =>
      text
        .split(',')
        .map((item) => item.trim())
        .filter((item) => item !== ''),
    );

/** A URL of one of these schemes. */
const url = (...schemes: string[]) =>
  z
    .string()
    .refine(
      (text) => URL.canParse(text) && schemes.includes(new URL(text).protocol.slice(0, -1)),
      `must be a URL that begins with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`,
    );

export const postgresUrl = () => url('postgres', 'postgresql');
export const redisUrl = () => url('redis', 'rediss');
export const httpUrl = () => url('http', 'https');

/**
 * A password for a URL without one; see `readConfig`. Trailing newlines are removed: editors and `echo`
 * add them to a Secret.
 */
export const password = () =>
  z
    .string()
    .transform((text) => text.replace(/[\r\n]+$/, ''))
    .optional();

const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
/** `auto`: pretty in a terminal, else JSON. */
const LOG_FORMATS = ['auto', 'json', 'pretty'] as const;

const MINUTE_MS = 60_000;

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}

/** The settings of every HTTP service. */
export const httpVariables = {
  LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  LOG_FORMAT: z.enum(LOG_FORMATS, `must be one of ${LOG_FORMATS.join(', ')}`).default('auto'),
  HOST: z.string().default('0.0.0.0'),
  PORT: port(8080),
  ADMIN_PORT: port(8081),
  TRUSTED_HOPS: wholeNumber(0, 0, 10),
  BODY_LIMIT_BYTES: wholeNumber(16_384, 1, 10_485_760),
  CORS_ORIGINS: list().refine(
    (origins) => origins.every(isOrigin),
    'must be a comma-separated list of origins such as https://example.com',
  ),
  SHUTDOWN_DEADLINE_MS: wholeNumber(25_000, 1, 10 * MINUTE_MS),
};

/** The settings of every service with a Postgres. */
export const databaseVariables = {
  DATABASE_URL: postgresUrl(),
  DATABASE_PASSWORD: password(),
  DATABASE_POOL_SIZE: wholeNumber(10, 1, 500),
  // Half of `HTTP_TIMEOUTS.stalled`, after which the client's connection is closed.
  DATABASE_STATEMENT_TIMEOUT_MS: wholeNumber(3000, 1, MINUTE_MS / 2),
};

/** The settings of every service with a Redis. */
export const redisVariables = {
  REDIS_URL: redisUrl().optional(),
  REDIS_PASSWORD: password(),
  REDIS_CLUSTER: flag(false),
  REDIS_SENTINEL_MASTER: z.string().optional(),
  REDIS_SENTINEL_PASSWORD: password(),
};
