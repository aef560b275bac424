import { check, sleep } from 'k6';

import { createApi, type Answer } from '../k6/api.ts';
import { optionsOf, summarize } from '../k6/run.ts';
import { createFixture, type Fixture } from '../k6/setup.ts';
import { readSettings } from '../settings.ts';

const settings = readSettings('smoke', __ENV);
const api = createApi(settings);
const KEEP = { keep: true };

export const options = optionsOf(settings, {
  smoke: {
    executor: 'constant-vus',
    vus: settings.clients,
    duration: `${settings.seconds}s`,
    gracefulStop: '10s',
  },
});

export const setup = () => createFixture(api);

export default function smoke({ users, assets }: Fixture): void {
  const { id: userId, token } = users[0]!;
  const title = `Smoke ${Date.now()}`;
  const created = api.create(token, title, KEEP);
  check(created, { 'a post is made': ({ status }) => status === 201 });
  const { id } = json<{ id: string }>(created);

  const first = api.list(token, KEEP);
  check(first, {
    'the list has a new post at once': ({ body }) => String(body).includes(title),
    'a write expires the list': ({ headers }) => headers['X-Cache'] === 'MISS',
  });
  check(api.list(token, KEEP), {
    'the next read is a hit': ({ headers }) => headers['X-Cache'] === 'HIT',
    'a hit is the same as its miss': ({ body }) => body === first.body,
  });
  check(api.userList(token, userId, KEEP), {
    "the author's list has it": ({ body }) => String(body).includes(id),
  });
  check(api.top(token), { 'the top is read': ({ status }) => status === 200 });
  check(api.read(token, id, KEEP), { 'the post is read': (got) => votesOf(got) === 0 });

  check(api.upvote(token, id, KEEP), { 'a vote counts': (got) => votesOf(got) === 1 });
  check(api.upvote(token, id, KEEP), { 'and counts once': (got) => votesOf(got) === 1 });
  check(api.read(token, id, KEEP), { 'a vote is seen at once': (got) => votesOf(got) === 1 });
  check(api.takeBack(token, id, KEEP), { 'it is taken back': (got) => votesOf(got) === 0 });

  check(api.remove(token, id), { 'the author deletes it': ({ status }) => status === 204 });
  check(api.list(token, KEEP), { 'and it is gone': ({ body }) => !String(body).includes(title) });
  check(api.me(token, KEEP), { 'the token is valid': (got) => json<User>(got).id === userId });
  check(api.page(), {
    'a browser revalidates the page each time': ({ headers }) =>
      headers['Cache-Control'] === 'no-cache',
  });
  for (const asset of assets) {
    check(api.asset(asset), {
      'a browser caches an asset': ({ headers }) =>
        headers['Cache-Control'] === 'public, max-age=31536000, immutable',
    });
  }
  sleep(0.1);
}

export const handleSummary = summarize(settings);

interface User {
  id: string;
}

const votesOf = (answer: Answer) => json<{ votes?: number }>(answer).votes;

/** An empty object if the answer is no JSON: the check then fails, and the run continues. */
function json<T extends object>({ body }: Answer): Partial<T> & T {
  try {
    return JSON.parse(String(body));
  } catch {
    return {} as Partial<T> & T;
  }
}
