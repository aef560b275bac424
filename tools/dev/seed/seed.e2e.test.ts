import { createDatabase } from '@relay/dev-servers';
import { Client } from 'pg';
import { expect, onTestFinished, test } from 'vitest';

import { logIn } from '../../kit/api-client.ts';
import { runScript, start, waitUntil } from '../start/testing/processes.ts';
import { environment, relayFolder, serversOn, startRelay } from '../start/testing/relay.ts';

const SEED = 'tools/dev/seed/main.ts';

async function seed(args: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { code, output } = await runScript(SEED, args.split(' '), env);
  expect({ code, output }).toEqual({ code: 0, output });
  return output;
}

async function refusal(args: string, env: NodeJS.ProcessEnv, exitCode = 1): Promise<string> {
  const { code, output } = await runScript(SEED, args.split(' '), env);
  expect({ code, output }).toEqual({ code: exitCode, output });
  expect(output).not.toMatch(/^ +at /m);
  return output;
}

async function readTotals(databaseUrl: string) {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query(`
    select
      (select count(*)::int from auth.users) as users,
      (select count(*)::int from post.posts) as posts,
      (select count(*)::int from post.votes) as votes,
      (select count(*)::int from post.posts p
       where votes <> (select count(*) from post.votes v where v.post_id = p.id)) as miscounted,
      (select count(*)::int from post.posts p
       where created_at not between now() - interval '366 days' and now()) as mistimed`);
  return rows[0];
}

test('fills the database while Relay is stopped, and while it runs', async () => {
  const dir = await relayFolder();
  const first = await seed('--users 20 --posts 30 --votes 100', environment(dir));
  expect(first).toContain(`No Relay runs on ${dir}: its database is started for this`);
  expect(first).toContain('Added 20 users, 30 posts and 100 votes in');
  expect(first).toMatch(/[\d,]+ rows\/s/);
  expect(first).toContain(
    'Log in as user1@example.com to user20@example.com, password password123',
  );
  expect(await serversOn(dir)).toEqual([]);

  const relay = await startRelay(dir);
  const exact = { miscounted: 0, mistimed: 0 };
  expect(await readTotals(relay.databaseUrl)).toEqual({
    users: 20,
    posts: 30,
    votes: 100,
    ...exact,
  });
  const reader = await logIn(relay.apiUrl, 'user1@example.com');
  expect(await reader.titles()).toHaveLength(30);
  expect((await reader.list()).cache).toBe('HIT');

  const second = await seed('--users 5 --posts 3 --votes 4', environment(dir));
  expect(second).toContain(`Filling the running Relay: ${relay.apiUrl}`);
  expect(second).toContain('user21@example.com to user25@example.com');
  expect(await readTotals(relay.databaseUrl)).toEqual({
    users: 25,
    posts: 33,
    votes: 104,
    ...exact,
  });
  expect(second).toMatch(relay.redis ? /entries invalidated: 1/ : /restart it/);
  expect(await reader.titles()).toHaveLength(relay.redis ? 33 : 30);

  const lost = environment(dir, { REDIS_URL: 'redis://127.0.0.1:1' });
  const third = await seed('--users 0 --posts 1 --votes 0', lost);
  expect(third).toContain('Redis at 127.0.0.1:1 does not answer');

  expect(await seed('--users 0 --posts 2', environment(dir))).toContain('2 posts and 10 votes');
  const empty = await createDatabase(relay.databaseUrl, 'empty');
  expect(await refusal('--users 1', environment(dir, { DATABASE_URL: empty }))).toContain(
    'no Relay tables',
  );
  const some = environment(dir, { DATABASE_URL: relay.databaseUrl });
  expect(await refusal('--users 0 --posts 1 --votes 26', some, 2)).toContain(
    'at most 25 on 1 posts',
  );
  expect(await readTotals(relay.databaseUrl)).toMatchObject({ users: 25, posts: 36 });
});

test('adds nothing, and leaves no Postgres, when Ctrl-C comes', async () => {
  const dir = await relayFolder();
  const args = ['--users', '10', '--posts', '300000', '--votes', '0'];
  const program = start(process.execPath, [SEED, ...args], environment(dir));
  onTestFinished(() => void program.child.kill('SIGKILL'));
  await waitUntil(() => program.output().includes('Adding 300000 posts'), { what: 'posts' });
  program.signal('SIGINT');
  const { code, output } = await program.ended;
  expect({ code, output }).toEqual({ code: 130, output });
  expect(output).toContain('Interrupted: nothing was added.');
  expect(await serversOn(dir)).toEqual([]);
});

test('refuses impossible requests', async () => {
  const dir = await relayFolder();
  const env = environment(dir);
  expect(await refusal('--posts many', env, 2)).toContain('--posts: must be a whole number');
  expect(await refusal('--post 1', env, 2)).toContain("Unknown option '--post'");
  const elsewhere = { DATABASE_URL: 'postgres://me:secret@db.example.com/relay' };
  const message = await refusal('--users 1', environment(dir, elsewhere));
  expect(message).toContain('db.example.com is not this machine. Add --yes');
  expect(message).not.toContain('secret');
  const nowhere = { DATABASE_URL: 'postgres://me:secret@127.0.0.1:1/relay' };
  expect(await refusal('--users 1', environment(dir, nowhere))).toContain('ECONNREFUSED');
  expect(await seed('--help', env)).toContain('--seed-value');
});
