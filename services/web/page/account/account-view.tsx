import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import type { DeviceSession } from '../api/account.ts';
import { messageOf } from '../api/problem.ts';
import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { Heading } from '../ui/heading.tsx';
import { DeleteAccount } from './delete-account.tsx';
import { PasswordForm } from './password-form.tsx';
import { SessionsList } from './sessions-list.tsx';

export function AccountView() {
  const { account, notices } = useServices();
  const { user } = useMember();
  const sessions = useSignal<readonly DeviceSession[]>();

  async function load(): Promise<void> {
    try {
      sessions.value = await account.sessions();
    } catch (error) {
      notices.show(messageOf(error), 'error');
    }
  }
  useEffect(() => void load(), []);

  return (
    <>
      <Heading>Account</Heading>
      <p class="lead">
        {user.username}, {user.email}
      </p>
      <PasswordForm onChanged={() => void load()} />
      <SessionsList sessions={sessions.value} onChanged={() => void load()} />
      <DeleteAccount />
    </>
  );
}
