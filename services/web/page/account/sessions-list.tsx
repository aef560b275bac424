import { useSignal } from '@preact/signals';

import type { DeviceSession } from '../api/account.ts';
import { messageOf } from '../api/problem.ts';
import { useServices } from '../app/services.ts';
import { Failure } from '../ui/failure.tsx';
import { focusHeading } from '../ui/heading.tsx';
import { exactTime, TimeAgo } from '../ui/time-ago.tsx';
import { describeUserAgent } from './user-agent.ts';

interface SessionsListProps {
  /** `undefined` before the first response. */
  sessions: readonly DeviceSession[] | undefined;
  /** Of the last request of them. */
  error: unknown;
  onRetry: () => void;
  onChanged: () => void;
}

/** The devices on which the user is logged in. */
export function SessionsList({ sessions, error, onRetry, onChanged }: SessionsListProps) {
  const { account, notices } = useServices();
  const isEnding = useSignal(false);

  async function end(task: () => Promise<void>, text: string): Promise<void> {
    if (isEnding.peek()) return;
    isEnding.value = true;
    try {
      await task();
      focusHeading();
      notices.show(text);
    } catch (thrown) {
      notices.show(messageOf(thrown), 'error');
    } finally {
      isEnding.value = false;
    }
    onChanged();
  }

  return (
    <section class="card" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      <p class="aside">
        An ended session cannot be renewed. Its device may go on for up to 15 minutes, until its
        access token expires.
      </p>
      {error !== undefined && <Failure onRetry={onRetry}>{messageOf(error)}</Failure>}
      {!sessions && error === undefined && <p role="status">Loading…</p>}
      <ul class="sessions">
        {sessions?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isEnding={isEnding.value}
            onEnd={() => void end(() => account.endSession(session.id), 'The session has ended.')}
          />
        ))}
      </ul>
      {sessions && sessions.length > 1 && (
        <button
          type="button"
          class="button"
          aria-disabled={isEnding.value}
          onClick={() =>
            void end(() => account.endOtherSessions(), 'All other sessions have ended.')
          }
        >
          End all other sessions
        </button>
      )}
    </section>
  );
}

interface SessionRowProps {
  session: DeviceSession;
  isEnding: boolean;
  onEnd: () => void;
}

function SessionRow({ session, isEnding, onEnd }: SessionRowProps) {
  const device = describeUserAgent(session.userAgent);
  return (
    <li>
      <div>
        <strong>{device}</strong>
        {session.current && <span class="badge badge-hit">This one</span>}
        <p class="aside">
          Last used <TimeAgo at={session.lastUsedAt} />, begun <TimeAgo at={session.createdAt} />
        </p>
      </div>
      {!session.current && (
        <button
          type="button"
          class="text-button"
          aria-label={`End the session ${device}, begun ${exactTime(session.createdAt)}`}
          aria-disabled={isEnding}
          onClick={onEnd}
        >
          End
        </button>
      )}
    </li>
  );
}
