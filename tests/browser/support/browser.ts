import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';
import { afterAll, inject, onTestFinished } from 'vitest';

let launched: Promise<Browser> | undefined;

afterAll(async () => {
  const browser = await launched;
  launched = undefined;
  await browser?.close();
});

/** The URL of the Relay under test. */
export const baseUrl = (): string => inject('target')!.baseUrl;

/** A browser without cookies or storage, closed after the test. */
async function newContext(options: BrowserContextOptions = {}): Promise<BrowserContext> {
  // Root has no sandbox, and the pages are Relay's own.
  launched ??= chromium.launch({ executablePath: inject('chromium')!, args: ['--no-sandbox'] });
  const browser = await launched;
  const context = await browser.newContext({
    baseURL: baseUrl(),
    locale: 'en',
    // Else axe may measure the contrast of a colour on its way to another.
    reducedMotion: 'reduce',
    ...options,
  });
  onTestFinished(() => context.close());
  return context;
}

/** A tab, and the errors of its scripts so far: an exception, or a violation of the Content Security Policy. */
export interface Tab {
  page: Page;
  errors: string[];
}

/** Opens a tab in a context of its own, or in a given one. */
export async function newTab(
  context?: BrowserContext,
  options?: BrowserContextOptions,
): Promise<Tab> {
  const page = await (context ?? (await newContext(options))).newPage();
  const errors: string[] = [];
  page.on('pageerror', ({ message }) => errors.push(message));
  page.on('console', (message) => {
    // Chromium reports every response of 400 or more as an error of its own.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) {
      errors.push(message.text());
    }
  });
  return { page, errors };
}
