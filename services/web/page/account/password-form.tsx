import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { Form, Submit } from '../ui/form.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { NewPasswordField, PasswordField } from './credential-fields.tsx';

export function PasswordForm({ onChanged }: { onChanged: () => void }) {
  const { account, notices } = useServices();
  const { user } = useMember();
  const form = useSubmit(['currentPassword', 'newPassword'], async (passwords, element) => {
    await account.changePassword(passwords);
    element.reset();
    notices.show('Your password is changed, and every other session has ended.');
    onChanged();
  });
  return (
    <section class="card" aria-labelledby="password-title">
      <h2 id="password-title">Change the password</h2>
      <Form form={form} label="Change the password">
        {/* For password managers. */}
        <input type="email" autocomplete="username" value={user.email} readOnly hidden />
        <PasswordField form={form} name="currentPassword" label="Current password" />
        <NewPasswordField
          form={form}
          name="newPassword"
          label="New password"
          hint="All other sessions end."
        />
        <Submit form={form}>Change password</Submit>
      </Form>
    </section>
  );
}
