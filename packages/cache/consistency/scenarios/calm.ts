import type { Scenario } from '../scenario.ts';

const SHORT_MS = 2000;
// A busy machine must not count as a fault: these scenarios are about stores that answer.
const PATIENT = { operationTimeoutMs: 5000 };

export const calm: Scenario = {
  name: 'calm',
  title: 'no fault',
  modes: ['available', 'strict'],
  isInShortForm: true,
  settings: PATIENT,
  async run({ rest, restUntilEnough }) {
    await rest(SHORT_MS);
    await restUntilEnough();
  },
};

export const expiry: Scenario = {
  name: 'expiry',
  title: 'entries expire under readers',
  modes: ['available'],
  isInShortForm: true,
  load: { writers: 0, readers: 12 },
  settings: {
    ...PATIENT,
    ttlSeconds: 0.5,
    countLoads: true,
    forms: ['entity', 'list'],
    slowLoads: 0.5,
  },
  registers: { entities: 6, groups: 2 },
  maxLoadsPerExpiry: 1,
  run: ({ rest }) => rest(SHORT_MS),
};

export const mixedVersions: Scenario = {
  name: 'mixed-versions',
  title: 'a pod of version 0.1 beside new ones',
  modes: ['available'],
  isInShortForm: true,
  settings: { ...PATIENT, forms: ['entity', 'list'] },
  settingsOf: (index) => ({ version: index === 2 ? '0.1' : 'current' }),
  run: ({ rest }) => rest(2000),
};

const TO_LIST = "redis.call('DEL', KEYS[1]) return redis.call('LPUSH', KEYS[1], 'x')";

export const wrongType: Scenario = {
  name: 'wrong-type',
  title: 'keys of a wrong type',
  modes: ['available'],
  isInShortForm: false,
  settings: PATIENT,
  async run({ server, registers, rest, rounds }) {
    for (let round = 0; round < rounds + 1; round += 1) {
      const id = registers.base + (round % registers.entities);
      for (const key of [`entity:${id}`, `lease:{entity:${id}}`, `list:${registers.base}`]) {
        // In one step: a fill between two commands would put its type back.
        await server.command('EVAL', TO_LIST, '1', key);
      }
      await rest(600);
    }
  },
};

export const flush: Scenario = {
  name: 'flushall',
  title: 'FLUSHALL',
  modes: ['available', 'strict'],
  isInShortForm: true,
  settings: PATIENT,
  async run({ server, rest, rounds }) {
    for (let round = 0; round < rounds + 2; round += 1) {
      await rest(400);
      await server.command('FLUSHALL');
    }
    await rest(300);
  },
};

/** The in-process tier is outside the promise on stale reads; this is about the bound that it states. */
export const lostMessages: Scenario = {
  name: 'lost-messages',
  title: 'in-process tier, a third of the bus messages lost',
  modes: ['available'],
  isInShortForm: false,
  settings: { ...PATIENT, local: { ttlSeconds: 1, messageLoss: 0.3 } },
  boundMs: 1500,
  run: ({ fault, rest }) => fault({ name: 'lost messages', reach: 'some' }, () => rest(2500)),
};
