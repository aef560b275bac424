import type { RequestRecord, Source } from '../api/request-log.ts';

/** The kind of a request, which sets its colour: a write is one of posts, and removes copies from the cache. */
type Look = Lowercase<Source> | 'read' | 'write' | 'other' | 'refused' | 'lost';

export function lookOf({ source, method, path, status }: RequestRecord): Look {
  if (status === undefined) return 'lost';
  if (status >= 400) return 'refused';
  if (source) return source.toLowerCase() as Lowercase<Source>;
  if (method === 'GET') return 'read';
  return path.startsWith('/api/posts') ? 'write' : 'other';
}

/** The source of a read, the kind of another request, or its status if it was refused. */
export function labelOf(record: RequestRecord): string {
  const look = lookOf(record);
  return look === 'refused' ? `${record.status}` : look.toUpperCase();
}
