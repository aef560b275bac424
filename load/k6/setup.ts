import { sleep } from 'k6';

import type { Answer, Api } from './api.ts';

/** A user that `setup` registered and logged in. */
export interface User {
  id: string;
  email: string;
  token: string;
  expiresAtMs: number;
  lifeMs: number;
}

/** The result of `setup`, passed to every client. */
export interface Fixture {
  users: User[];
  postIds: string[];
  /** The paths of the page's assets. */
  assets: string[];
}

// Few: registrations and logins are limited for each client address.
const USERS = 5;
const POSTS_OF_EACH = 10;
const PASSWORD = 'password123';

/** Registers users with names of their own for this run, and writes posts as them. */
export function createFixture(api: Api): Fixture {
  const run = `${Date.now().toString(36)}${Math.random().toString(36).slice(2, 6)}`;
  const users: User[] = [];
  const postIds: string[] = [];
  for (let number = 1; number <= USERS; number += 1) {
    const user = newUser(api, `load-${run}-${number}`);
    users.push(user);
    for (let post = 1; post <= POSTS_OF_EACH; post += 1) {
      const made = api.prepare(user.token, `Load ${run} ${number}.${post}`);
      postIds.push(madeId(made, 'A post was not made'));
    }
  }
  return { users, postIds, assets: assetsOf(api.page({ keep: true })) };
}

function assetsOf({ status, body }: Answer): string[] {
  const assets = String(body).match(/\/assets\/[^"]+/g);
  if (status === 200 && assets) return [...new Set(assets)];
  throw new Error(`The page names no asset: ${status}`);
}

function newUser(api: Api, username: string): User {
  const email = `${username}@example.com`;
  const registered = patiently(() => api.register({ username, email, password: PASSWORD }));
  const id = madeId(registered, 'A user could not be registered');
  return { id, email, ...logIn(api, email) };
}

function logIn(api: Api, email: string): Pick<User, 'token' | 'expiresAtMs' | 'lifeMs'> {
  const answer = patiently(() => api.login({ email, password: PASSWORD }));
  return issued(parsed(answer, 200, 'A user could not log in') as Issued);
}

/** The token pair that a login and a refresh return. */
export interface Issued {
  token: string;
  /** Seconds. */
  expiresIn: number;
  refreshToken: string;
}

export function issued({ token, expiresIn }: Issued) {
  const lifeMs = expiresIn * 1000;
  return { token, lifeMs, expiresAtMs: Date.now() + lifeMs };
}

/** Repeats a call after the time that a 429 names. An earlier run may have used up the minute's limit. */
function patiently(send: () => Answer): Answer {
  const answer = send();
  if (answer.status !== 429) return answer;
  sleep(Number(answer.headers['Retry-After'] ?? 60) + 1);
  return send();
}

function madeId(answer: Answer, problem: string): string {
  return (parsed(answer, 201, problem) as { id: string }).id;
}

function parsed(answer: Answer, status: number, problem: string): unknown {
  if (answer.status === status) return JSON.parse(String(answer.body));
  throw new Error(`${problem}: ${answer.status} ${answer.body ?? answer.error}`);
}

/** The same for every user that `setup` makes. */
export const credentialsOf = ({ email }: User) => ({ email, password: PASSWORD });
