import { randomBytes } from 'node:crypto';

import {
  expect,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from '@playwright/test';

import { newClient, PASSWORD, type Client } from '../../../tools/kit/api-client.ts';
import { baseUrl, newTab } from './browser.ts';

/** A user who is logged in on the page. */
export interface Member {
  page: Page;
  /** The same user, without a browser. */
  client: Client;
  context: BrowserContext;
  errors: string[];
}

/** A title that no other test uses. */
export const newTitle = (start = 'A link') => `${start} ${randomBytes(4).toString('hex')}`;

/** Registers a user, which the tests on a cluster delete, and logs in with the form. */
export async function newMember(options: BrowserContextOptions = {}): Promise<Member> {
  const client = await newClient(baseUrl(), { prefix: 'cluster-test-' });
  const { page, errors } = await newTab(undefined, options);
  await logIn(page, client.email);
  return { page, client, context: page.context(), errors };
}

/** Logs in with the form of the page. */
export async function logIn(page: Page, email: string, password = PASSWORD): Promise<void> {
  await page.goto('/');
  const form = page.getByRole('form', { name: 'Log in' });
  await form.getByLabel('E-mail').fill(email);
  await form.getByLabel('Password').fill(password);
  await form.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('button', { name: 'Log out' })).toBeVisible();
}

/** Posts a link with the form of the page. */
export async function post(
  page: Page,
  title: string,
  url = 'https://example.com/a',
): Promise<void> {
  const form = page.getByRole('form', { name: 'Post a link' });
  await form.getByLabel('Title').fill(title);
  await form.getByLabel('Link').fill(url);
  await form.getByRole('button', { name: 'Post link' }).click();
  await expect(itemOf(page, title)).toBeVisible();
}

/** The post of a title in the list. */
export const itemOf = (page: Page, title: string) =>
  page.getByRole('listitem').filter({ has: page.getByRole('link', { name: title, exact: true }) });

/** The button that votes for a post. */
export const voteOf = (page: Page, title: string) =>
  page.getByRole('button', { name: `Vote for ${title}` });
