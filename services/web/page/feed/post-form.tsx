import { useRef } from 'preact/hooks';

import { useServices } from '../app/services.ts';
import { Field, Form, Submit } from '../ui/form.tsx';
import { useSubmit } from '../ui/use-submit.ts';
import type { Feed } from './feed.ts';

/** Adds a link to the list. */
export function PostForm({ feed }: { feed: Feed }) {
  const { notices } = useServices();
  const key = useRef({ draft: '', value: '' });
  const form = useSubmit(['title', 'url'], async (draft, element) => {
    await feed.create(draft, keyOf(key.current, JSON.stringify(draft)));
    element.reset();
    key.current = { draft: '', value: '' };
    notices.show(`“${draft.title.trim()}” is posted.`);
  });
  return (
    <Form form={form} label="Post a link" class="post-form card">
      <Field form={form} name="title" label="Title" autocomplete="off" />
      <Field
        form={form}
        name="url"
        label="Link"
        type="url"
        placeholder="https://"
        autocomplete="off"
      />
      <Submit form={form}>Post link</Submit>
    </Form>
  );
}

/** The same key for the same draft: a repetition after a lost response makes no second post. */
function keyOf(key: { draft: string; value: string }, draft: string): string {
  if (key.draft !== draft) Object.assign(key, { draft, value: randomKey() });
  return key.value;
}

/** Not `crypto.randomUUID`, which is missing over plain HTTP. */
function randomKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
