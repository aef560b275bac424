import { useSignal } from '@preact/signals';

import type { Post } from '../api/posts.ts';
import { messageOf } from '../api/problem.ts';
import { useMember } from '../app/member.ts';
import { useServices } from '../app/services.ts';
import { ConfirmDialog } from '../ui/confirm-dialog.tsx';
import { focusHeading } from '../ui/heading.tsx';
import { ArrowUp } from '../ui/icons.tsx';
import { quoted } from '../ui/quoted.ts';
import { TimeAgo } from '../ui/time-ago.tsx';
import type { Feed } from './feed.ts';

interface PostItemProps {
  post: Post;
  feed: Feed;
  /** The place in a list by votes. */
  rank?: number | undefined;
}

/** A post with its vote, and for its author a way to delete it. Titles and URLs are text, never markup. */
export function PostItem({ post, feed, rank }: PostItemProps) {
  const { user } = useMember();
  const { title, url, author, createdAt } = post;
  return (
    <li class="post">
      <VoteButton post={post} />
      <div class="post-body">
        <h2 class="post-title">
          {rank !== undefined && <span class="rank">{rank}.</span>}
          <a dir="auto" href={url} rel="nofollow noopener noreferrer" target="_blank">
            {title}
          </a>
        </h2>
        <p class="post-facts">
          <span class="host">{new URL(url).host}</span>
          <span>
            by {author.id === user.id ? 'you' : author.username}, <TimeAgo at={createdAt} />
          </span>
          {author.id === user.id && <DeleteButton post={post} feed={feed} />}
        </p>
      </div>
    </li>
  );
}

function VoteButton({ post }: { post: Post }) {
  const { votes } = useMember();
  const { count, voted } = votes.of(post).value;
  const shown = count.toLocaleString('en');
  return (
    <button
      type="button"
      class="vote"
      aria-pressed={voted}
      aria-label={`Vote for ${post.title}, ${shown} ${count === 1 ? 'vote' : 'votes'}`}
      onClick={() => votes.toggle(post)}
    >
      <ArrowUp />
      <span class="count">{shown}</span>
    </button>
  );
}

function DeleteButton({ post, feed }: Pick<PostItemProps, 'post' | 'feed'>) {
  const { notices } = useServices();
  const isAsking = useSignal(false);

  async function remove(): Promise<void> {
    try {
      await feed.remove(post);
      focusHeading();
      notices.show(`${quoted(post.title)} is deleted.`);
    } catch (error) {
      notices.show(
        `The deletion of ${quoted(post.title)} is not confirmed. ${messageOf(error)}`,
        'error',
      );
    }
  }

  return (
    <>
      <button
        type="button"
        class="text-button"
        aria-label={`Delete ${post.title}`}
        onClick={() => (isAsking.value = true)}
      >
        Delete
      </button>
      {isAsking.value && (
        <ConfirmDialog
          title="Delete this post?"
          action="Delete"
          onConfirm={() => void remove()}
          onClose={() => (isAsking.value = false)}
        >
          {quoted(post.title)} and its votes go for everyone.
        </ConfirmDialog>
      )}
    </>
  );
}
