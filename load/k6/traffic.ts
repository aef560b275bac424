import exec from 'k6/execution';

import { pick, type Mix } from '../mix.ts';
import type { Api } from './api.ts';
import { tokenOf } from './session.ts';
import type { Stage, User } from './setup.ts';

/** One call, drawn from the mix. */
export function makeOneCall(api: Api, mix: Mix, { users, postIds }: Stage): void {
  const user = userOfThisClient(users);
  const token = tokenOf(api, user);
  const call = pick(mix, Math.random());
  switch (call) {
    case 'create':
      api.create(token, `Load at ${new Date().toISOString()}`);
      break;
    case 'userList':
      api.userList(token, oneOf(users).id);
      break;
    case 'read':
    case 'upvote':
    case 'takeBack':
      api[call](token, oneOf(postIds));
      break;
    default:
      api[call](token);
  }
}

export function userOfThisClient(users: readonly User[]): User {
  return users[exec.vu.idInTest % users.length]!;
}

function oneOf<T>(items: readonly T[]): T {
  return items[Math.floor(Math.random() * items.length)]!;
}
