import type { RequestRecord, Source } from '../api/request-log.ts';
import { explain, type Stop } from './explanation.ts';
import { formatMs } from './read-times.ts';
import { SourceBadge } from './source-badge.tsx';

interface RecordsProps {
  records: readonly RequestRecord[];
}

/** The source and the time of the last read or write, and a sentence about it. */
export function LastOutcome({ records }: RecordsProps) {
  const last = records.find((record) => explain(record));
  const explanation = last && explain(last);
  return (
    <div class="outcome" role="status" aria-label="The last read">
      {last && explanation && (
        <>
          <p class="outcome-facts">
            <SourceBadge record={last} />
            {last.serverMs !== undefined && <strong>{formatMs(last.serverMs)}</strong>}
            <code>
              {last.method} {shortPath(last.path)}
            </code>
          </p>
          <p>{explanation.text}</p>
        </>
      )}
    </div>
  );
}

/** The way of the last read or write through the server. */
export function LastWay({ records }: RecordsProps) {
  const last = records.find((record) => explain(record));
  return (
    <section aria-label="How the cache works">
      <Way source={last?.source} way={(last && explain(last)?.way) ?? []} />
      <p class="remark">
        Relay keeps a copy of each list in Redis. A copy answers a read without work for Postgres,
        and every change of the list removes it.
      </p>
    </section>
  );
}

/** Without ids and cursors. */
export function shortPath(path: string): string {
  return path
    .replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
    .replace(/=[^&]*…[^&]*/g, '=…')
    .replace('/api', '');
}

const NAMES: Readonly<Record<Stop, string>> = { redis: 'Redis', postgres: 'Postgres' };

/** You, Relay, and its two stores: outlined if they took part, filled if they have the answer. */
function Way({ source, way }: { source: Source | undefined; way: readonly Stop[] }) {
  const stateOf = (stop: Stop) => {
    if (!way.includes(stop)) return 'idle';
    return way.at(-1) === stop ? 'answered' : 'took-part';
  };
  return (
    <ol class={`way way-${source?.toLowerCase() ?? 'write'}`} aria-hidden="true">
      <li class="stop answered">You</li>
      <li class="stop answered">Relay</li>
      <li class="stores">
        {(['redis', 'postgres'] as const).map((stop) => (
          <span key={stop} class={`stop ${stateOf(stop)}`}>
            {NAMES[stop]}
            <small>{stop === 'redis' ? 'the cache' : 'the database'}</small>
          </span>
        ))}
      </li>
    </ol>
  );
}
