import type { RequestRecord, Source } from '../api/request-log.ts';
import { useNow } from '../ui/use-now.ts';
import type { Outage } from './cache-watch.ts';
import { formatMs } from './read-times.ts';
import { labelOf, lookOf } from './request-look.ts';

const WIDTH = 360;
const HEIGHT = 110;
const FLOOR = 96;
const SPAN_MS = 60_000;
const TICK_MS = 1000;
/** Both axes fit reads from a tenth of a millisecond to a second. */
const [FASTEST_MS, SLOWEST_MS] = [0.1, 1000];

interface TimelineProps {
  records: readonly RequestRecord[];
  outages: readonly Outage[];
}

/** A mark for each request of the last minute: the higher, the longer it took; outages are shaded. */
export function Timeline({ records, outages }: TimelineProps) {
  // A record may be younger than the last tick.
  const endMs = Math.max(useNow(TICK_MS), records[0]?.atMs ?? 0);
  const xOf = (atMs: number) => WIDTH - 8 - ((endMs - atMs) / SPAN_MS) * (WIDTH - 16);
  const shown = records.filter(({ atMs }) => atMs > endMs - SPAN_MS);
  return (
    <section aria-labelledby="timeline-title">
      <h3 id="timeline-title">The last minute</h3>
      <svg
        class="timeline"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={summaryOf(shown)}
      >
        {outages
          .filter(({ toMs }) => (toMs ?? endMs) > endMs - SPAN_MS)
          .map(({ fromMs, toMs }) => {
            const from = Math.max(8, xOf(fromMs));
            return (
              <rect
                key={fromMs}
                class="outage"
                x={from}
                y="0"
                width={Math.max(2, xOf(toMs ?? endMs) - from)}
                height={FLOOR}
              />
            );
          })}
        {[1, 10, 100].map((ms) => (
          <g key={ms} class="grid">
            <line x1="8" x2={WIDTH - 8} y1={yOf(ms)} y2={yOf(ms)} />
            <text x="8" y={yOf(ms) - 2}>
              {ms} ms
            </text>
          </g>
        ))}
        <line class="floor" x1="8" x2={WIDTH - 8} y1={FLOOR} y2={FLOOR} />
        <g class="grid">
          <text x="8" y={HEIGHT - 3}>
            a minute ago
          </text>
          <text x={WIDTH - 8} y={HEIGHT - 3} text-anchor="end">
            now
          </text>
        </g>
        {shown.map((record) => (
          <Mark key={record.id} record={record} x={xOf(record.atMs)} />
        ))}
      </svg>
      <Legend />
    </section>
  );
}

/** On a logarithmic scale. */
function yOf(ms: number): number {
  const clamped = Math.min(Math.max(ms, FASTEST_MS), SLOWEST_MS);
  const share = Math.log(clamped / FASTEST_MS) / Math.log(SLOWEST_MS / FASTEST_MS);
  return FLOOR - 6 - share * (FLOOR - 14);
}

/** Sources differ in form as well as in colour. */
const FORMS: Readonly<Record<Source, string>> = {
  HIT: 'M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z',
  MISS: 'M0-5 5 0 0 5-5 0z',
  FALLBACK: 'M0-5 5 4H-5z',
  STALE: 'M-4-4H4V4H-4z',
  UNCACHED: 'M-5-2H5V2H-5z',
};

function Mark({ record, x }: { record: RequestRecord; x: number }) {
  const { source, serverMs, totalMs } = record;
  const title = `${labelOf(record)}, ${formatMs(serverMs ?? totalMs)}`;
  if (!source) {
    return (
      <path class={`mark mark-${lookOf(record)}`} d={`M${x} ${FLOOR}v-8`}>
        <title>{title}</title>
      </path>
    );
  }
  const y = yOf(serverMs ?? totalMs);
  return (
    <path
      class={`mark mark-${source.toLowerCase()}`}
      d={FORMS[source]}
      transform={`translate(${x} ${y})`}
    >
      <title>{title}</title>
    </path>
  );
}

const TICK = 'M0 4v-8';

const LEGEND = [
  ['hit', FORMS.HIT, 'HIT: from the cache'],
  ['miss', FORMS.MISS, 'MISS: from Postgres'],
  ['fallback', FORMS.FALLBACK, 'FALLBACK: no cache'],
  ['write', TICK, 'WRITE: removes copies'],
] as const;

function Legend() {
  return (
    <ul class="legend" aria-label="Marks">
      {LEGEND.map(([look, form, text]) => (
        <li key={look}>
          <svg viewBox="-6 -6 12 12" class="legend-mark" aria-hidden="true">
            <path class={`mark mark-${look}`} d={form} />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

function summaryOf(records: readonly RequestRecord[]): string {
  const counts = Object.keys(FORMS).flatMap((source) => {
    const count = records.filter((record) => record.source === source).length;
    return count > 0 ? [`${count} ${source}`] : [];
  });
  return `Reads of the last minute: ${counts.join(', ') || 'none'}`;
}
