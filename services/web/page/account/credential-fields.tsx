import type { Signal } from '@preact/signals';

import { Field } from '../ui/form.tsx';
import type { Submission } from '../ui/use-submit.ts';

interface EmailFieldProps {
  form: Submission;
  hint?: string;
  value?: Signal<string> | undefined;
}

/** The address of the account: password managers store it as the name of the user. */
export function EmailField(props: EmailFieldProps) {
  return <Field {...props} name="email" label="E-mail" type="email" autocomplete="username" />;
}

interface PasswordFieldProps {
  form: Submission;
  name?: string;
  label?: string;
}

/** The password that the account has. */
export function PasswordField({ form, name = 'password', label = 'Password' }: PasswordFieldProps) {
  return (
    <Field form={form} name={name} label={label} type="password" autocomplete="current-password" />
  );
}

interface NewPasswordFieldProps extends PasswordFieldProps {
  /** Added to the hint about its length. */
  hint?: string;
}

/** A password that the account gets: password managers propose one. */
export function NewPasswordField(props: NewPasswordFieldProps) {
  const { form, name = 'password', label = 'Password', hint } = props;
  return (
    <Field
      form={form}
      name={name}
      label={label}
      type="password"
      autocomplete="new-password"
      hint={`At least 8 characters.${hint ? ` ${hint}` : ''}`}
    />
  );
}
