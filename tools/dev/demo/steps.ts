import { z } from 'zod';

import { jsonOf, type Answer, type Call } from '../../kit/api-client.ts';
import { UserError } from '../../kit/cli.ts';

/** One call of the walkthrough, and its expected answer. */
export interface Step {
  title: string;
  call: Call;
  /** The key under which the answer is cached. */
  key?: string;
  /** The `X-Cache` if there are no other clients meanwhile. */
  expected?: 'HIT' | 'MISS';
}

type Take = (step: Step) => Promise<Answer>;

const loginSchema = z.object({ token: z.string() });
const postSchema = z.object({ id: z.string() });
const listSchema = z.object({ posts: z.array(postSchema) });

const PASSWORD = 'password123';
const LIST_KEY = 'posts:all';

/**
 * Walks through the cache-aside pattern: a first read from the database, a second from the cache, a
 * write that invalidates, and a read of the written post.
 *
 * @param name of a new user
 * @throws UserError if a read misses an earlier write
 */
export async function walk(name: string, take: Take): Promise<void> {
  const email = `${name}@example.com`;
  await take({
    title: 'Register',
    call: post('/api/auth/users', { username: name, email, password: PASSWORD }),
  });
  const login = await take({
    title: 'Log in (TOKEN is the token of the answer)',
    call: post('/api/auth/login', { email, password: PASSWORD }),
  });
  const { token } = loginSchema.parse(jsonOf(login));
  const list = (title: string, expected: 'HIT' | 'MISS') =>
    take({ title, expected, key: LIST_KEY, call: get('/api/posts', token) });

  await list('List the posts: from Postgres, and into the cache', 'MISS');
  await list('List again: from the cache', 'HIT');
  const title = `Cache Test by ${name}`;
  const created = await take({
    title: 'Create a post: the list in the cache is invalidated',
    call: { ...post('/api/posts', { title, url: 'https://example.com' }), token },
  });
  const { id } = postSchema.parse(jsonOf(created));
  assertListed(id, await list('List: from Postgres, with the new post', 'MISS'));
  assertListed(id, await list('List again: from the cache, with the new post', 'HIT'));

  await take({
    title: 'Vote for it',
    call: { method: 'PUT', path: `/api/posts/${id}/upvote`, token },
  });
  const one = { call: get(`/api/posts/${id}`, token), key: `posts:id:${id}` };
  assertVoted(await take({ ...one, title: 'Read it, with the vote', expected: 'MISS' }));
  assertVoted(await take({ ...one, title: 'Read it again', expected: 'HIT' }));
}

const get = (path: string, token: string): Call => ({ method: 'GET', path, token });
const post = (path: string, body: object): Call => ({ method: 'POST', path, body });

function assertListed(id: string, answer: Answer): void {
  const { posts } = listSchema.parse(jsonOf(answer));
  if (!posts.some((listed) => listed.id === id)) {
    throw new UserError(`The list does not show post ${id}, which was created before.`);
  }
}

function assertVoted(answer: Answer): void {
  const { votes } = z.object({ votes: z.number() }).parse(jsonOf(answer));
  if (votes !== 1) throw new UserError(`The post shows ${votes} votes, and was given 1.`);
}
