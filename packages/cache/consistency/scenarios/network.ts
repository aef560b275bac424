import type { Link } from '../proxy.ts';
import type { Fault, Scenario, ScenarioContext } from '../scenario.ts';

const BOTH = ['available', 'strict'] as const;
/** So many that two pods seldom write the same entity: the second write would hide a mistake of the first. */
const MANY = { entities: 200 };
const VICTIM = 0;

interface NetworkFault {
  name: string;
  title: string;
  isInShortForm?: boolean;
  faultMs: number;
  reach: Fault['reach'];
  /** How many pods it concerns, from the first. */
  pods: 1 | 'all';
  apply(link: Link, context: ScenarioContext): void;
}

function network(fault: NetworkFault): Scenario {
  return {
    name: fault.name,
    title: fault.title,
    modes: BOTH,
    isInShortForm: fault.isInShortForm ?? false,
    isLinked: true,
    registers: MANY,
    async run(context) {
      await context.fleet.send({ type: 'sweep' });
      const links = fault.pods === 'all' ? context.links : context.links.slice(0, fault.pods);
      await context.rest(400);
      await context.fault({ name: fault.name, reach: fault.reach }, async () => {
        for (const link of links) fault.apply(link, context);
        await context.rest(fault.faultMs);
        for (const link of links) link.heal();
      });
      await context.rest(1200);
    },
  };
}

export const cutOne = network({
  name: 'cut-one',
  title: 'Redis cut off from one pod',
  isInShortForm: true,
  faultMs: 2500,
  reach: 'some',
  pods: 1,
  apply: (link) => link.cut(),
});

export const cutAll = network({
  name: 'cut-all',
  title: 'Redis cut off from all pods',
  faultMs: 2000,
  reach: 'none',
  pods: 'all',
  apply: (link) => link.cut(),
});

export const silentOne = network({
  name: 'silent-one',
  title: 'Redis black-holed for one pod',
  faultMs: 2500,
  reach: 'some',
  pods: 1,
  apply: (link) => link.silence(),
});

export const slow = network({
  name: 'slow',
  title: 'Redis slow: 0 to 300 ms a packet',
  faultMs: 2500,
  reach: 'some',
  pods: 'all',
  apply: (link, { random }) => link.delay(() => random() * 300),
});

export const slowOne = network({
  name: 'slow-one',
  title: 'Redis slow for one pod: 300 ms a packet',
  faultMs: 2500,
  reach: 'some',
  pods: 1,
  apply: (link) => link.delay(() => 300),
});

export const resets: Scenario = {
  name: 'resets',
  title: 'connections killed every 200 ms',
  modes: BOTH,
  isInShortForm: false,
  isLinked: true,
  async run({ links, fault, rest, wait, rounds }) {
    await rest(300);
    await fault({ name: 'resets', reach: 'some' }, async () => {
      for (let round = 0; round < 10 * rounds; round += 1) {
        for (const link of links) link.reset();
        await wait(200);
      }
    });
    await rest(500);
  },
};

export const manyPending: Scenario = {
  name: 'many-pending',
  title: 'thousands of failed invalidations',
  modes: ['available'],
  isInShortForm: false,
  isLinked: true,
  registers: { entities: 1000, groups: 10 },
  load: { writers: 8, writePauseMs: 1 },
  async run({ links, fault, rest }) {
    await fault({ name: 'cut off', reach: 'some' }, async () => {
      links[0]!.cut();
      await rest(2500);
      links[0]!.heal();
    });
    await rest(1500);
  },
};

export const slowCommits: Scenario = {
  name: 'slow-commits',
  title: 'a cut-off pod commits later than others that began after it, and dies',
  modes: ['available'],
  isInShortForm: false,
  isLinked: true,
  registers: MANY,
  async run({ links, fleet, fault, rest, wait }) {
    await fleet.send({ type: 'sweep' });
    await fault({ name: 'cut off, slow commits', reach: 'some' }, async () => {
      await fleet.send({ type: 'slow-commits', ms: 300 }, VICTIM);
      links[VICTIM]!.cut();
      await rest(2000);
      // Its retry queue is lost with it: only its outbox rows are left.
      await fleet.kill(VICTIM);
    });
    links[VICTIM]!.heal();
    await wait(500);
    await fleet.revive(VICTIM);
    await rest(500);
  },
};
