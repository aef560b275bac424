import { ApiError, messageOf } from '../api/problem.ts';
import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { OUTAGE_SECONDS, type OutageState } from './outage.ts';

const NUMBER_WORDS: Readonly<Record<number, string>> = { 10: 'ten' };

/** Stops the cache for some seconds: only where Relay runs on the user's own machine. */
export function OutageControl() {
  const { offersOutage, notices } = useServices();
  const { outage } = useMember();
  if (!offersOutage.value) return null;
  const state = outage.state.value;
  const run = () => outage.run().catch((error: unknown) => notices.show(refusalOf(error), 'error'));
  return (
    <button
      type="button"
      class="button danger-outline"
      aria-disabled={state.phase !== 'none'}
      onClick={() => void run()}
    >
      {textOf(state)}
    </button>
  );
}

function refusalOf(error: unknown): string {
  // By another tab or user.
  if (error instanceof ApiError && error.status === 409) return 'The cache is stopped already.';
  return `The cache goes on. ${messageOf(error)}`;
}

function textOf(state: OutageState): string {
  switch (state.phase) {
    case 'away':
      return `Cache is back in ${state.secondsLeft} s`;
    case 'recovering':
      return 'Cache is back';
    default:
      return `Lose the cache for ${NUMBER_WORDS[OUTAGE_SECONDS]} seconds`;
  }
}
