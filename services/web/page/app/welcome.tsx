import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { LoginForm } from '../account/login-form.tsx';
import { RegisterForm } from '../account/register-form.tsx';
import { messageOf, NetworkError } from '../api/problem.ts';
import type { SessionState } from '../api/session.ts';
import { Heading } from '../ui/heading.tsx';
import { useServices } from './services.ts';

/** The page without a user: a description of Relay, and the forms. */
export function Welcome({ state }: { state: Exclude<SessionState, { status: 'logged-in' }> }) {
  const { routing } = useServices();
  const { status } = state;
  const registered = useSignal<string>();
  if (status === 'starting') {
    return (
      <main id="main" class="starting" aria-busy="true" tabIndex={-1}>
        <p class="late">Connecting to Relay…</p>
      </main>
    );
  }
  if (state.status === 'failed') return <StartFailure error={state.error} />;
  const isRegistering = routing.path.value === '/register';
  return (
    <main id="main" class="welcome" tabIndex={-1}>
      <section class="card entry">
        <Heading>{isRegistering ? 'Create an account' : 'Log in'}</Heading>
        {status === 'ended' && (
          <p class="alert" role="alert">
            Your session has ended. Log in again.
          </p>
        )}
        {isRegistering ? (
          <RegisterForm key="register" onNotLoggedIn={(email) => (registered.value = email)} />
        ) : (
          <LoginForm key="login" email={registered.value} />
        )}
      </section>
      <Introduction />
    </main>
  );
}

/** The session can be neither resumed nor ruled out. Starts again when the browser is back online. */
function StartFailure({ error }: { error: unknown }) {
  const { session } = useServices();
  useEffect(() => {
    const start = () => void session.start();
    addEventListener('online', start);
    return () => removeEventListener('online', start);
  }, [session]);
  const isUnreachable = error instanceof NetworkError;
  return (
    <main id="main" class="welcome" tabIndex={-1}>
      <section class="card entry">
        <Heading>
          {isUnreachable ? 'Relay cannot be reached' : 'Your session cannot be resumed yet'}
        </Heading>
        <p>
          {isUnreachable ? 'Check your connection.' : messageOf(error)} You are still logged in if
          you were.
        </p>
        <button type="button" class="button" onClick={() => void session.start()}>
          Try again
        </button>
      </section>
    </main>
  );
}

function Introduction() {
  return (
    <section class="introduction" aria-labelledby="introduction-title">
      <h2 id="introduction-title">Share links, vote, and watch a cache at work.</h2>
      <p>
        Many people read the same lists. Relay reads a list from its database once, keeps a copy in
        a cache, and answers the next readers with the copy, until a post or a vote changes the
        list.
      </p>
      <ol class="steps">
        <li>
          <span class="badge badge-miss">MISS</span>
          <p>
            <strong>The first reader waits for the database.</strong> Postgres finds the posts and
            counts the votes. The cache keeps the answer.
          </p>
        </li>
        <li>
          <span class="badge badge-hit">HIT</span>
          <p>
            <strong>Everyone else gets the copy.</strong> In a fraction of the time, and Postgres
            does no work.
          </p>
        </li>
        <li>
          <span class="badge badge-write">WRITE</span>
          <p>
            <strong>A change removes the copy.</strong> Old data is never read: the next reader is a
            MISS, and gets the new list.
          </p>
        </li>
        <li>
          <span class="badge badge-fallback">FALLBACK</span>
          <p>
            <strong>Without the cache, everything still works.</strong> Reads go to Postgres, until
            the cache is back.
          </p>
        </li>
      </ol>
      <p>Log in to see each of them happen, beside your own reads and votes.</p>
    </section>
  );
}
