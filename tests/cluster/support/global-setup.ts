import type { TestProject } from 'vitest/node';

import { newClient, removeTestUsers } from './api.ts';
import { relay } from './cluster.ts';
import { assertDeployed } from './deployed.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The user of all tests, because registrations are rate-limited. */
    email: string;
  }
}

/** Asserts that Relay is deployed, and registers a user that the teardown deletes. */
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
