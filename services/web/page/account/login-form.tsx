import { useSignal } from '@preact/signals';

import { useServices } from '../app/services.ts';
import { Form, Submit } from '../ui/form.tsx';
import { Link } from '../ui/link.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { EmailField, PasswordField } from './credential-fields.tsx';

interface LoginFormProps {
  /** Of an account that was just created. */
  email?: string | undefined;
}

export function LoginForm({ email: known }: LoginFormProps) {
  const email = useSignal(known ?? '');
  const { session, routing } = useServices();
  const form = useSubmit(['email', 'password'], async (credentials) => {
    await session.logIn(credentials.email, credentials.password);
    if (['/login', '/register'].includes(routing.path.peek())) routing.navigate('/');
  });
  return (
    <>
      <Form form={form} label="Log in">
        {known !== undefined && (
          <p class="lead" role="alert">
            Your account exists. Log in.
          </p>
        )}
        <EmailField form={form} value={known === undefined ? undefined : email} />
        <PasswordField form={form} />
        <Submit form={form}>Log in</Submit>
      </Form>
      <p class="aside">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </>
  );
}
