import { useServices } from '../app/services.ts';
import { Field, Form, Submit } from '../ui/form.tsx';
import { Link } from '../ui/link.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import { EmailField, NewPasswordField } from './credential-fields.tsx';

interface RegisterFormProps {
  /** Called when the account exists and the login has failed. */
  onNotLoggedIn: (email: string) => void;
}

/** Creates an account, and logs in. */
export function RegisterForm({ onNotLoggedIn }: RegisterFormProps) {
  const { account, session, routing, notices } = useServices();
  const form = useSubmit(['username', 'email', 'password'], async (registration) => {
    await account.register(registration);
    try {
      await session.logIn(registration.email, registration.password);
    } catch {
      // A second registration would be refused: the name is taken.
      onNotLoggedIn(registration.email);
      routing.navigate('/login');
      return;
    }
    routing.navigate('/');
    notices.show(`Welcome, ${registration.username.trim()}.`);
  });
  return (
    <>
      <Form form={form} label="Create an account">
        <Field
          form={form}
          name="username"
          label="Name"
          autocomplete="nickname"
          hint="Shown beside your posts."
        />
        <EmailField form={form} hint="To log in. Never shown." />
        <NewPasswordField form={form} />
        <Submit form={form}>Create account</Submit>
      </Form>
      <p class="aside">
        Have an account? <Link to="/login">Log in</Link>
      </p>
    </>
  );
}
