import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import type { DeviceSession } from '../api/account.ts';
import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { focusHeading, Heading } from '../ui/heading.tsx';
import { DeleteAccount } from './delete-account.tsx';
import { PasswordForm } from './password-form.tsx';
import { SessionsList } from './sessions-list.tsx';

export function AccountView() {
  const { account } = useServices();
  const { user } = useMember();
  const sessions = useSignal<readonly DeviceSession[]>();
  const error = useSignal<unknown>();

  async function load(): Promise<void> {
    try {
      sessions.value = await account.sessions();
      error.value = undefined;
    } catch (thrown) {
      error.value = thrown;
    }
  }

  async function tryAgain(): Promise<void> {
    await load();
    // The button is about to go.
    if (error.peek() === undefined) focusHeading();
  }
  useEffect(() => void load(), []);

  return (
    <>
      <Heading>Account</Heading>
      <p class="lead">
        {user.username}, {user.email}
      </p>
      <PasswordForm onChanged={() => void load()} />
      <SessionsList
        sessions={sessions.value}
        error={error.value}
        onRetry={() => void tryAgain()}
        onChanged={() => void load()}
      />
      <DeleteAccount />
    </>
  );
}
