import type { RequestRecord } from '../api/request-log.ts';

/** The source of a read in its colour, or the kind of the request. */
export function SourceBadge({ record }: { record: RequestRecord }) {
  const label = labelOf(record);
  return <span class={`badge badge-${label.toLowerCase()}`}>{label}</span>;
}

export function labelOf({ source, method, status }: RequestRecord): string {
  if (status === undefined) return 'LOST';
  if (status >= 400) return `${status}`;
  if (source) return source;
  return method === 'GET' ? 'READ' : 'WRITE';
}
