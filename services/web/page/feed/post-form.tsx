import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { Field, Form, Submit } from '../ui/form.tsx';
import { quoted } from '../ui/quoted.ts';
import { useSubmit } from '../ui/use-submit.ts';
import type { Feed } from './feed.ts';

/** Adds a link to the list. */
export function PostForm({ feed }: { feed: Feed }) {
  const { notices, unsentPosts } = useServices();
  const unsent = unsentPosts(useMember().user.id);
  const form = useSubmit(['title', 'url'], async (draft) => {
    await feed.create(draft, unsent.keyOf(draft));
    unsent.clear();
    notices.show(`${quoted(draft.title.trim())} is posted.`);
  });
  return (
    <Form form={form} label="Post a link" class="post-form card">
      <Field form={form} name="title" label="Title" autocomplete="off" value={unsent.title} />
      <Field
        form={form}
        name="url"
        label="Link"
        type="url"
        placeholder="https://"
        autocomplete="off"
        value={unsent.url}
      />
      <Submit form={form}>Post link</Submit>
    </Form>
  );
}
