import type { Signal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

import type { Submission } from './use-submit.ts';

interface FieldProps {
  form: Submission;
  name: string;
  label: string;
  type?: 'text' | 'email' | 'password' | 'url';
  autocomplete: 'off' | 'nickname' | 'username' | 'current-password' | 'new-password';
  hint?: string;
  placeholder?: string;
  /** Follows the input, and sets it. */
  value?: Signal<string> | undefined;
}

/** A labelled input with its error, else its hint. */
export function Field({ form, name, label, type = 'text', hint, value, ...input }: FieldProps) {
  const id = useId();
  const error = form.fieldErrors.value[name];
  const described = error ? `${id}-error` : hint && `${id}-hint`;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...input}
        id={id}
        name={name}
        // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- tsc accepts no union here
        type={type as 'text'}
        required
        {...(value && {
          value: value.value,
          onInput: ({ currentTarget }) => (value.value = currentTarget.value),
        })}
        aria-invalid={error ? 'true' : undefined}
        aria-describedby={described}
      />
      {error && (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      )}
      {hint && !error && (
        <p class="field-hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  );
}

interface FormProps {
  form: Submission;
  /** Names the form for assistive technology. */
  label: string;
  class?: string;
  children: ComponentChildren;
}

/** A form with the errors of the API: the browser's own checks would hide those. */
export function Form({ form, label, children, ...rest }: FormProps) {
  return (
    <form {...rest} aria-label={label} noValidate onSubmit={form.onSubmit}>
      {children}
      <p class="form-error" role="alert">
        {form.error.value}
      </p>
    </form>
  );
}

interface SubmitProps {
  form: Submission;
  class?: string;
  children: ComponentChildren;
}

export function Submit({ form, children, class: look = 'button primary' }: SubmitProps) {
  const isRunning = form.isRunning.value;
  return (
    // Not `disabled`, which would lose the focus.
    <button class={look} aria-disabled={isRunning} aria-busy={isRunning}>
      {children}
    </button>
  );
}
