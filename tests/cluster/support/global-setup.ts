import type { TestProject } from 'vitest/node';

import { newClient, removeTestUsers } from './api.ts';
import { relay } from './cluster.ts';
import { assertDeployed } from './deployed.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Who all tests are: registrations are limited. */
    email: string;
  }
}

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
