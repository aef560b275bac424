import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

import { useServices } from '../app/services.ts';
import { Form, Submit } from '../ui/form.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { PasswordField } from './credential-fields.tsx';

/** Deletes the account: a first button opens the form, the password confirms. */
export function DeleteAccount() {
  const isOpen = useSignal(false);
  return (
    <section class="card" aria-labelledby="delete-title">
      <h2 id="delete-title">Delete the account</h2>
      <p>
        Your name, your e-mail address and all sessions go. Your posts and votes stay; the posts
        lose your name. This cannot be undone.
      </p>
      {isOpen.value && <DeleteForm />}
      {/* One button for both, which keeps the focus. */}
      <button
        type="button"
        class={isOpen.value ? 'button' : 'button danger-outline'}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        {isOpen.value ? 'Keep my account' : 'Delete my account…'}
      </button>
    </section>
  );
}

function DeleteForm() {
  const { account, session, routing, notices } = useServices();
  const form = useSubmit(['password'], async ({ password }) => {
    await account.deleteAccount(password);
    // The session is gone with the account.
    session.discard();
    routing.navigate('/');
    notices.show('Your account is deleted.');
  });
  // The button that has opened the form comes after it.
  useEffect(() => document.querySelector<HTMLElement>('input[name="password"]')?.focus(), []);
  return (
    <Form form={form} label="Delete the account">
      <PasswordField form={form} />
      <Submit form={form} class="button danger">
        Delete my account
      </Submit>
    </Form>
  );
}
