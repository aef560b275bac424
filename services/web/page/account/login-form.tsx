import { useServices } from '../app/services.ts';
import { Field, Form, Submit } from '../ui/form.tsx';
import { Link } from '../ui/link.tsx';
import { useSubmit } from '../ui/use-submit.ts';

interface LoginFormProps {
  /** Of an account that was just created. */
  email?: string | undefined;
}

export function LoginForm({ email: known }: LoginFormProps) {
  const { session, routing } = useServices();
  const form = useSubmit(['email', 'password'], async ({ email, password }) => {
    await session.logIn(email, password);
    if (['/login', '/register'].includes(routing.path.peek())) routing.navigate('/');
  });
  return (
    <Form form={form} label="Log in">
      {known !== undefined && (
        <p class="lead" role="alert">
          Your account exists. Log in.
        </p>
      )}
      <Field
        form={form}
        name="email"
        label="E-mail"
        type="email"
        autocomplete="username"
        initialValue={known}
      />
      <Field
        form={form}
        name="password"
        label="Password"
        type="password"
        autocomplete="current-password"
      />
      <Submit form={form}>Log in</Submit>
      <p class="aside">
        New here? <Link to="/register">Create an account</Link>
      </p>
    </Form>
  );
}
