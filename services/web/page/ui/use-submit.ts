import { useSignal, type ReadonlySignal } from '@preact/signals';

import { fieldErrorsOf, messageOf } from '../api/problem.ts';

/** A form: its running request, and the errors of the last one. */
export interface Submission {
  isRunning: ReadonlySignal<boolean>;
  /** The message of each refused field. */
  fieldErrors: ReadonlySignal<Readonly<Record<string, string>>>;
  /** The message for the whole form. */
  error: ReadonlySignal<string | undefined>;
  onSubmit(event: SubmitEvent): void;
}

/**
 * Runs a task with the values of the form's fields. A refused field gets the focus.
 *
 * @param task throws an ApiError or a NetworkError
 * @param fields the names of the form's fields; errors of other fields go to the whole form
 */
export function useSubmit<Name extends string>(
  fields: readonly Name[],
  task: (values: Record<Name, string>, form: HTMLFormElement) => Promise<unknown>,
): Submission {
  const isRunning = useSignal(false);
  const fieldErrors = useSignal<Readonly<Record<string, string>>>({});
  const error = useSignal<string>();

  async function submit(form: HTMLFormElement): Promise<void> {
    if (isRunning.peek()) return;
    isRunning.value = true;
    const data = new FormData(form);
    const values = Object.fromEntries(fields.map((name) => [name, data.get(name) as string]));
    try {
      await task(values as Record<Name, string>, form);
      fieldErrors.value = {};
      error.value = undefined;
    } catch (thrown) {
      const refused = fieldErrorsOf(thrown);
      const first = fields.find((name) => name in refused);
      fieldErrors.value = refused;
      error.value = first === undefined ? messageOf(thrown) : undefined;
      if (first !== undefined) (form.elements.namedItem(first) as HTMLInputElement).focus();
    } finally {
      isRunning.value = false;
    }
  }

  return {
    isRunning,
    fieldErrors,
    error,
    onSubmit(event) {
      event.preventDefault();
      void submit(event.currentTarget as HTMLFormElement);
    },
  };
}
