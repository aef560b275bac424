import { z } from 'zod';

import { DemoError, type Answer, type Call } from './api.ts';

/** One call of the walkthrough, and what is to be seen in it. */
export interface Step {
  title: string;
  call: Call;
  /** The key under which the answer is cached. */
  key?: string;
  /** What `X-Cache` says when nobody else uses Relay meanwhile. */
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
 * write that invalidates, and a read that sees what was written.
 *
 * @param name the user's: another one for each walk
 * @throws DemoError when a read does not show what was written before it
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
  const { token } = loginSchema.parse(login.json);
  const list = (title: string, expected: 'HIT' | 'MISS') =>
    take({ title, expected, key: LIST_KEY, call: get('/api/posts', token) });

  await list('List the posts: from Postgres, and into the cache', 'MISS');
  await list('List again: from the cache', 'HIT');
  const title = `Cache Test by ${name}`;
  const created = await take({
    title: 'Create a post: the list in the cache is invalidated',
    call: { ...post('/api/posts', { title, url: 'https://example.com' }), token },
  });
  const { id } = postSchema.parse(created.json);
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

function assertListed(id: string, { json }: Answer): void {
  const { posts } = listSchema.parse(json);
  if (!posts.some((listed) => listed.id === id)) {
    throw new DemoError(`The list does not show post ${id}, which was created before.`);
  }
}

function assertVoted({ json }: Answer): void {
  const { votes } = z.object({ votes: z.number() }).parse(json);
  if (votes !== 1) throw new DemoError(`The post shows ${votes} votes, and was given 1.`);
}
