import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import type { Client } from 'pg';
import { from } from 'pg-copy-streams';

/** One row, in the order of the columns. */
export type Row = readonly (string | number)[];

interface CopyOptions {
  /** Such as `post.votes (post_id, user_id)`. */
  into: string;
  rows: Iterable<Row>;
  signal: AbortSignal;
  onCopied: (rows: number) => void;
}

const ROWS_PER_CHUNK = 500;

/** Sends rows with COPY, as fast as Postgres takes them and never more than a chunk ahead. */
export async function copyRows(client: Client, options: CopyOptions): Promise<void> {
  const { into, rows, signal, onCopied } = options;
  const target = client.query(from(`copy ${into} from stdin`));
  await pipeline(Readable.from(toChunks(rows, onCopied)), target, { signal });
}

function* toChunks(rows: Iterable<Row>, onCopied: (rows: number) => void): Generator<string> {
  let lines: string[] = [];
  const take = () => {
    const chunk = lines.join('');
    onCopied(lines.length);
    lines = [];
    return chunk;
  };
  for (const row of rows) {
    lines.push(`${row.map(escape).join('\t')}\n`);
    if (lines.length === ROWS_PER_CHUNK) yield take();
  }
  if (lines.length > 0) yield take();
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': String.raw`\\`,
  '\t': String.raw`\t`,
  '\n': String.raw`\n`,
  '\r': String.raw`\r`,
};

/** COPY's text format (PostgreSQL manual, COPY, "File Formats"). */
function escape(value: string | number): string {
  return String(value).replaceAll(/[\\\t\n\r]/g, (character) => ESCAPES[character]!);
}
