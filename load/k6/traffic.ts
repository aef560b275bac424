import exec from 'k6/execution';
import type { ConstantArrivalRateScenario, RampingArrivalRateScenario } from 'k6/options';

import { pick, type Mix } from '../mix.ts';
import { clientsFor, type ScenarioName } from '../plans.ts';
import { readSettings, type Settings } from '../settings.ts';
import { createApi, type Api } from './api.ts';
import { optionsOf, summarize } from './run.ts';
import { tokenOf } from './session.ts';
import { createFixture, type Fixture, type User } from './setup.ts';

type Arrivals =
  | Pick<ConstantArrivalRateScenario, 'executor' | 'rate' | 'duration'>
  | Pick<RampingArrivalRateScenario, 'executor' | 'stages'>;

/**
 * The exports of a scenario in which requests drawn from a mix arrive at a rate.
 *
 * @param arrivals k6's executor of them
 */
export function trafficOf(
  name: ScenarioName,
  mix: Mix,
  arrivals: (settings: Settings) => Arrivals,
) {
  const settings = readSettings(name, __ENV);
  const api = createApi(settings);
  const scenario = { ...arrivals(settings), ...clientsFor(settings.rate) };
  return {
    options: optionsOf(settings, { [name]: scenario }),
    setup: () => createFixture(api),
    run: (fixture: Fixture) => makeOneCall(api, mix, fixture),
    handleSummary: summarize(settings),
  };
}

/** Arrivals at the settings' rate for their time. */
export const constantRate = ({ rate, seconds }: Settings) =>
  ({ executor: 'constant-arrival-rate', rate, duration: `${seconds}s` }) as const;

/** One call, drawn from the mix. */
function makeOneCall(api: Api, mix: Mix, { users, postIds, assets }: Fixture): void {
  const user = userOfThisClient(users);
  const token = tokenOf(api, user);
  const call = pick(mix, Math.random());
  switch (call) {
    case 'create':
      api.create(token, `Load at ${new Date().toISOString()}`);
      break;
    case 'page':
      api.page();
      break;
    case 'asset':
      api.asset(oneOf(assets));
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
