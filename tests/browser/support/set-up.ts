import { rm } from 'node:fs/promises';

import { isCi } from '@relay/dev-servers';
import type { TestProject } from 'vitest/node';

import { findBrowser } from '../../../tools/dev/pictures/chromium.ts';
import { createRelayDir, spawnRelay, whenReady } from '../../../tools/dev/start/testing/spawn.ts';

/** The Relay that the browser opens. */
export interface Target {
  baseUrl: string;
  /** The folder of an `npm start`; `null`: the kind cluster. */
  relayDir: string | null;
}

declare module 'vitest' {
  interface ProvidedContext {
    /** The file of Chromium; null where this machine has none. */
    chromium: string | null;
    target: Target | null;
  }
}

/** Many users from one address. */
const LIMITS = { REGISTRATIONS_PER_ADDRESS: '1000', LOGINS_PER_ADDRESS: '1000' };

/** Finds Chromium, and starts a Relay for all tests of the browser. */
export default async function setUp(project: TestProject): Promise<(() => Promise<void>) | void> {
  const chromium = await provideChromium(project);
  if (chromium === null) return project.provide('target', null);
  const relayDir = await createRelayDir();
  const relay = spawnRelay(relayDir, LIMITS);
  const running = await whenReady(relay, relayDir);
  project.provide('target', { baseUrl: running.apiUrl, relayDir });
  return async () => {
    relay.signal('SIGINT');
    await relay.ended;
    await rm(relayDir, { recursive: true, force: true });
  };
}

/** @throws Error in CI without Chromium */
export async function provideChromium(project: TestProject): Promise<string | null> {
  // oxlint-disable-next-line no-process-env
  const chromium = await findBrowser(process.env['CHROME']).catch(() => null);
  if (chromium === null && isCi()) {
    throw new Error('CI needs a Chromium on the PATH: the page must be tested.');
  }
  project.provide('chromium', chromium);
  if (chromium === null) {
    project.vitest.logger.warn('The tests of the page are skipped: no Chromium on the PATH.');
  }
  return chromium;
}
