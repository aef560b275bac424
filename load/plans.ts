/** The defaults of a scenario. */
export interface Plan {
  what: string;
  seconds: number;
  /** Requests a second; the peak where the rate changes. */
  rate?: number;
  /** Clients at a time. */
  clients?: number;
  /** Many clients cannot renew their tokens within the limit on logins, so these must end before. */
  maxSeconds?: number;
}

export const PLANS = {
  smoke: { what: 'one client makes every call, and every answer is checked', seconds: 10 },
  load: {
    what: '95 reads to 5 writes: the rate rises, stays and falls',
    seconds: 300,
    rate: 200,
  },
  stress: {
    what: 'the same mix, at a rate that rises until something gives way',
    seconds: 360,
    rate: 2000,
    maxSeconds: 420,
  },
  soak: { what: 'the same mix at a steady rate, for hours', seconds: 2 * 3600, rate: 50 },
  herd: {
    what: 'a hot key is expired again and again, and all clients read it at once',
    seconds: 60,
    clients: 500,
    maxSeconds: 420,
  },
  rollout: {
    what: 'a steady rate while the pods of all services are replaced',
    seconds: 180,
    rate: 50,
  },
} satisfies Record<string, Plan>;

export type ScenarioName = keyof typeof PLANS;

export const SCENARIO_NAMES = Object.keys(PLANS) as ScenarioName[];

/** A stretch of a run, over which the rate changes evenly up or down to `target`. */
export interface Stage {
  target: number;
  seconds: number;
}

/** A fifth of the time up, three fifths there, a fifth down. */
export function upAndDown(rate: number, seconds: number): Stage[] {
  const fifth = Math.max(1, Math.round(seconds / 5));
  return [
    { target: rate, seconds: fifth },
    { target: rate, seconds: Math.max(1, seconds - 2 * fifth) },
    { target: 0, seconds: fifth },
  ];
}

/** Up to the rate in a straight line, from a twentieth of it. */
export function stressStages(rate: number, seconds: number): Stage[] {
  return [
    { target: Math.ceil(rate / 20), seconds: 1 },
    { target: rate, seconds: Math.max(1, seconds - 1) },
  ];
}

/** The rate of `stages` at a time. */
export function rateAt(stages: readonly Stage[], atSeconds: number): number {
  let rate = 0;
  let left = atSeconds;
  for (const { target, seconds } of stages) {
    if (left < seconds) return rate + ((target - rate) * left) / seconds;
    rate = target;
    left -= seconds;
  }
  return rate;
}

/** How many clients a rate may need: as many as there are requests in a second, within bounds. */
export function clientsFor(rate: number): { preAllocatedVUs: number; maxVUs: number } {
  const maxVUs = Math.min(1000, Math.max(20, rate));
  return { preAllocatedVUs: Math.ceil(maxVUs / 2), maxVUs };
}
