import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { Counters, StoreState } from './counters.tsx';
import { explainLast } from './explanation.ts';
import { LastOutcome, LastWay } from './last-read.tsx';
import { OutageControl } from './outage-control.tsx';
import { ReadTimesChart } from './read-times-chart.tsx';
import { RequestTable } from './request-table.tsx';
import { Timeline } from './timeline.tsx';

const LOOK_EVERY_MS = 3000;

/** Shows the cache at work: the way of the last read, its time, and the counters of the server. */
export function CachePanel() {
  const { log, reachable } = useServices();
  const { watch, readAgain } = useMember();
  useEffect(() => repeatWhileVisible(watch.look), [watch]);
  const isWide = useIsWide();
  const isReading = useSignal(false);
  const records = log.records.value;
  const last = explainLast(records);
  const totals = watch.totals.value;

  async function read(): Promise<void> {
    isReading.value = true;
    await readAgain();
    isReading.value = false;
  }

  const body = (
    <div class="panel-body">
      <LastWay last={last} store={totals?.store ?? 'redis'} />
      <div class="actions">
        <button
          type="button"
          class="button"
          aria-busy={isReading.value}
          onClick={() => void read()}
        >
          Read again
        </button>
        <OutageControl />
      </div>
      <Timeline records={records} outages={watch.outages.value} />
      <ReadTimesChart records={records} />
      <Counters totals={totals} />
      <RequestTable records={records} />
    </div>
  );
  return (
    <aside class="panel" aria-labelledby="panel-title">
      <div class="panel-head">
        <h2 id="panel-title">The cache at work</h2>
        <StoreState totals={reachable.value ? totals : undefined} />
      </div>
      <LastOutcome last={last} />
      {isWide ? (
        body
      ) : (
        // Beside the list there is room for all of it; above the list, for a line or two.
        <details>
          <summary>How it works, and its numbers</summary>
          {body}
        </details>
      )}
    </aside>
  );
}

const WIDE = '(min-width: 961px)';

function useIsWide(): boolean {
  const isWide = useSignal(matchMedia(WIDE).matches);
  useEffect(() => {
    const query = matchMedia(WIDE);
    const follow = () => (isWide.value = query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, []);
  return isWide.value;
}

/** Runs the task now and every three seconds, while the page is visible. @returns a function that ends it */
function repeatWhileVisible(task: () => Promise<void>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  async function run(): Promise<void> {
    if (!document.hidden) await task();
    if (!isEnded) timer = setTimeout(() => void run(), LOOK_EVERY_MS);
  }
  void run();
  return () => {
    isEnded = true;
    clearTimeout(timer);
  };
}
