import type { TestProject } from 'vitest/node';

import { API_URL } from '../../cluster/support/api.ts';
import { provideChromium } from './set-up.ts';

/** For `npm run cluster:test`: the browser opens the ingress of the kind cluster. */
export default async function setUp(project: TestProject): Promise<void> {
  const chromium = await provideChromium(project);
  project.provide('target', chromium === null ? null : { baseUrl: API_URL, relayDir: null });
}
