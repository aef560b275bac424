import type { Scenario } from '../scenario.ts';

const BOTH = ['available', 'strict'] as const;
const MANY = { entities: 200 };

export const frozenRedis: Scenario = {
  name: 'frozen-redis',
  title: 'SIGSTOP of Redis',
  modes: BOTH,
  isInShortForm: false,
  async run({ server, fault, rest }) {
    await rest(300);
    await fault({ name: 'frozen Redis', reach: 'none' }, async () => {
      server.pause();
      await rest(1500);
      server.resume();
    });
    await rest(1500);
  },
};

export const restartedEmpty: Scenario = {
  name: 'restarted-empty',
  title: 'SIGKILL of Redis, started again empty',
  modes: BOTH,
  isInShortForm: false,
  async run({ server, fault, rest, wait }) {
    await rest(300);
    await fault({ name: 'killed Redis', reach: 'none', isFailover: true }, async () => {
      await server.kill();
      await wait(700);
      await server.restart();
    });
    await rest(1500);
  },
};

function restored(name: string, redis: 'rdb' | 'aof', isInShortForm: boolean): Scenario {
  return {
    name,
    title: `Redis restarted from an old ${redis.toUpperCase()}`,
    modes: BOTH,
    isInShortForm,
    redis,
    registers: MANY,
    async run({ fleet, server, fault, rest, rounds }) {
      for (let round = 0; round < rounds; round += 1) {
        // All entries are there when the backup is made, and most are not written again after it.
        await fleet.send({ type: 'sweep' });
        await server.backUp();
        await rest(600);
        await fault({ name: `old ${redis}`, reach: 'none', isFailover: true }, () =>
          server.restore(),
        );
        await rest(1200);
      }
    },
  };
}

export const oldRdb = restored('old-rdb', 'rdb', true);
export const oldAof = restored('old-aof', 'aof', false);

export const laggingReplica: Scenario = {
  name: 'lagging-replica',
  title: 'a replica that lagged is promoted',
  modes: BOTH,
  isInShortForm: false,
  isLinked: true,
  redis: 'replicated',
  async run({ server, replica, replicaLink, links, fault, rest }) {
    await rest(400);
    replicaLink.cut();
    await rest(800);
    await fault({ name: 'promotion', reach: 'none', isFailover: true }, async () => {
      await server.kill();
      await replica.command('REPLICAOF', 'NO', 'ONE');
      for (const link of links) link.retarget(replica.port);
    });
    await rest(1500);
  },
};

export const demotedMaster: Scenario = {
  name: 'demoted-master',
  title: 'a demoted master still answers one pod',
  modes: BOTH,
  isInShortForm: false,
  isLinked: true,
  redis: 'replicated',
  async run({ server, replica, replicaLink, links, fault, rest }) {
    await rest(400);
    replicaLink.cut();
    await fault({ name: 'demotion', reach: 'some', isFailover: true }, async () => {
      await replica.command('REPLICAOF', 'NO', 'ONE');
      for (const link of links.slice(1)) link.retarget(replica.port);
      // It follows a port without a listener, so it keeps its data.
      await server.command('REPLICAOF', '127.0.0.1', '1');
      await rest(2500);
      links[0]!.retarget(replica.port);
    });
    await rest(1500);
  },
};

export const isolatedMaster: Scenario = {
  name: 'isolated-master',
  title: 'an isolated master (min-replicas-to-write) still answers one pod',
  modes: BOTH,
  isInShortForm: false,
  isLinked: true,
  redis: 'replicated',
  async run({ server, replica, replicaLink, links, fault, rest, wait }) {
    await server.command('CONFIG', 'SET', 'min-replicas-max-lag', '1');
    await server.command('CONFIG', 'SET', 'min-replicas-to-write', '1');
    await rest(400);
    await fault({ name: 'isolation', reach: 'some', isFailover: true }, async () => {
      replicaLink.cut();
      await wait(300);
      await replica.command('REPLICAOF', 'NO', 'ONE');
      for (const link of links.slice(1)) link.retarget(replica.port);
      await rest(3500);
      links[0]!.retarget(replica.port);
    });
    await rest(1500);
  },
};
