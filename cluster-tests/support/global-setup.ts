import { execa } from 'execa';
import type { TestProject } from 'vitest/node';

import { newClient, removeTestUsers } from './api.ts';
import { relay } from './cluster.ts';
import { settings } from './settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Who all tests are: registrations are limited. */
    email: string;
  }
}

const HOW = 'Deploy it first: npm run cluster';

/** Refuses where there is no Relay to test, and leaves no user behind. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  await assertDeployed();
  await relay.settled();
  await removeTestUsers(relay);
  project.provide('email', (await newClient()).email);
  return async () => {
    await relay.settled();
    await removeTestUsers(relay);
  };
}

async function assertDeployed(): Promise<void> {
  for (const tool of ['kubectl', 'helm', 'docker', 'kind']) {
    const { code } = await execa(tool, ['version'], { reject: false });
    if (code === 'ENOENT') throw refusal(`These tests need ${tool}, and it is not on the PATH.`);
  }
  const current = await execa('kubectl', ['config', 'current-context'], { reject: false });
  if (current.failed) throw refusal(`kubectl has no current context. ${HOW}`);
  // What follows ends pods, scales to zero and restores a backup.
  const { context } = settings;
  if (current.stdout !== context) {
    const how = `kubectl config use-context ${context}`;
    throw refusal(`These tests are for ${context}, and kubectl's is ${current.stdout}: ${how}`);
  }
  const found = await execa('helm', ['status', 'relay', '--namespace', 'relay', '--output=json'], {
    reject: false,
  });
  if (found.failed) throw refusal(`Relay is not deployed on ${context}: ${found.stderr}. ${HOW}`);
  const { info } = JSON.parse(found.stdout) as { info: { status: string } };
  if (info.status !== 'deployed') throw refusal(`The release relay is ${info.status}. ${HOW}`);
}

/** An error of one line: where in the code it arose tells nobody anything. */
function refusal(message: string): Error {
  const error = new Error(message);
  error.stack = message;
  return error;
}
