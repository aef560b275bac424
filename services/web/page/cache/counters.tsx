import type { CacheTotals } from './cache-watch.ts';

const number = new Intl.NumberFormat('en');
const percent = new Intl.NumberFormat('en', { style: 'percent', maximumFractionDigits: 1 });

/** The counters of the server since its start: of all users, not of this page alone. */
export function Counters({ totals }: { totals: CacheTotals | undefined }) {
  if (!totals) return null;
  const { processes, lookups, hitRatio, readsSaved, outbox } = totals;
  return (
    <section aria-labelledby="counters-title">
      <h3 id="counters-title">All readers of this server</h3>
      <dl class="counters">
        <Counter name="Hit ratio" value={hitRatio === undefined ? '–' : percent.format(hitRatio)}>
          of {number.format(lookups)} hits and misses
        </Counter>
        <Counter name="Reads saved" value={number.format(readsSaved)}>
          reads without Postgres
        </Counter>
        <Counter name="Outbox" value={outbox ? number.format(outbox.rows) : '–'}>
          {outbox && outbox.rows > 0
            ? `pending changes, for ${outbox.oldestSeconds.toFixed(1)} s`
            : 'pending changes'}
        </Counter>
      </dl>
      {processes > 1 && <p class="remark">Added up over {processes} processes.</p>}
    </section>
  );
}

/** Whether the store can be reached; nothing while that is unknown. */
export function StoreState({ totals }: { totals: CacheTotals | undefined }) {
  const name = totals?.store === 'memory' ? 'The cache' : 'Redis';
  return (
    <p class={`store-state ${totals?.state ?? 'unknown'}`} role="status">
      {totals && `${name} is ${totals.state}`}
    </p>
  );
}

function Counter({
  name,
  value,
  children,
}: {
  name: string;
  value: string;
  children: string | string[];
}) {
  return (
    <div class="counter">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        <small>{children}</small>
      </dd>
    </div>
  );
}
