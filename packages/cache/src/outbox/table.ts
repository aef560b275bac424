import { CacheUsageError } from '../errors.ts';

export const DEFAULT_TABLE = 'cache_outbox';

/** Postgres cuts identifiers at 63 bytes; the names of the indexes append up to 14. */
const MAX_TABLE_LENGTH = 48;
const MAX_SCHEMA_LENGTH = 63;

// Names are quoted into statements. In this set none needs escaping, neither for Postgres nor
// from Knex, to which a question mark is a binding.
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The table's name, quoted. With a schema it does not depend on the search path, which behind a
 * transaction pooler belongs to whichever client set it last.
 *
 * @throws CacheUsageError for a name that is not letters, digits and underscores, or is too long
 */
export function quotedTable(table: string, schema?: string): string {
  assertIdentifier('table', table, MAX_TABLE_LENGTH);
  if (schema === undefined) return `"${table}"`;
  assertIdentifier('schema', schema, MAX_SCHEMA_LENGTH);
  return `"${schema}"."${table}"`;
}

function assertIdentifier(option: string, name: unknown, maxLength: number): void {
  if (typeof name === 'string' && name.length <= maxLength && IDENTIFIER.test(name)) return;
  throw new CacheUsageError(
    `the outbox's ${option} must be letters, digits and underscores, at most ${maxLength}, got ${JSON.stringify(name)}`,
  );
}
