import type { RequestRecord } from '../api/request-log.ts';
import { labelOf, lookOf } from './request-look.ts';

/** The source of a read in its colour, or the kind of the request. */
export function SourceBadge({ record }: { record: RequestRecord }) {
  return <span class={`badge badge-${lookOf(record)}`}>{labelOf(record)}</span>;
}
