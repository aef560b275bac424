import { expect, type BrowserContext, type Page } from '@playwright/test';
import { describe, test } from 'vitest';

import { PASSWORD } from '../../tools/kit/api-client.ts';
import { newTab } from './support/browser.ts';
import { itemOf, logIn, newMember, newTitle, post, voteOf } from './support/member.ts';

const logOut = (page: Page) => page.getByRole('button', { name: 'Log out' });

describe('a session', () => {
  test('survives a reload, without a token that a script can read', async () => {
    const { page, context } = await newMember();
    const [cookie, ...others] = await context.cookies(`${page.url()}api/auth/browser`);
    expect(others).toEqual([]);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict', path: '/api/auth/browser' });
    const readable = await page.evaluate<string>(
      'JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage), document.cookie])',
    );
    expect(readable).not.toContain(cookie!.value);
    expect(readable).not.toContain('eyJ');
    await page.reload();
    await expect(logOut(page)).toBeVisible();
  });

  test('is one for two tabs that renew it at the same time', async () => {
    const { page, context } = await newMember();
    const { page: other } = await newTab(context);
    await other.goto('/');
    await expect(logOut(other)).toBeVisible();
    for (let round = 0; round < 5; round += 1) {
      await Promise.all([page.reload(), other.reload()]);
      await expect(logOut(page)).toBeVisible();
      await expect(logOut(other)).toBeVisible();
    }
  });

  test('ends in every tab', async () => {
    const { page, context } = await newMember();
    const { page: other } = await newTab(context);
    await other.goto('/');
    await logOut(other).click();
    await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  });

  test('is renewed when the access token has expired, without a word', async () => {
    const { page, errors } = await newMember();
    const renewals = countRequests(page, '/api/auth/browser/refresh');
    await rejectTokens(page, { times: 1 });
    const title = newTitle();
    await post(page, title);
    expect(renewals()).toBe(1);
    expect(errors).toEqual([]);
  });

  test('ended elsewhere leads to a login, and back to the list', async () => {
    const { page, client, context } = await newMember();
    await endAllSessions(context);
    await rejectTokens(page, { times: 1 });
    await page.getByRole('button', { name: 'Read again' }).click();
    await expect(
      page.getByRole('alert').filter({ hasText: 'Your session has ended' }),
    ).toBeVisible();
    await page.getByLabel('E-mail').fill(client.email);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('heading', { name: 'Newest' })).toBeVisible();
  });

  test('on another device is listed and ended from here', async () => {
    const { page, client } = await newMember();
    const { page: phone, errors } = await newTab();
    await logIn(phone, client.email);
    await page.goto('/account');
    const sessions = page.getByRole('region', { name: 'Sessions' }).getByRole('listitem');
    // The test's own client has one as well.
    await expect(sessions).toHaveCount(3);
    await expect(sessions.getByRole('button', { name: /^End the session .*, begun / })).toHaveCount(
      2,
    );
    let requests = 0;
    const { promise: held, resolve: release } = Promise.withResolvers<void>();
    await page.route(/\/me\/sessions\/./, async (route) => {
      requests += 1;
      await held;
      await route.continue();
    });
    await sessions.getByRole('button').first().dblclick();
    release();
    await expect(sessions).toHaveCount(2);
    expect(requests).toBe(1);
    await page.getByRole('button', { name: 'End all other sessions' }).click();
    await expect(sessions).toHaveCount(1);
    await expect(sessions).toContainText('This one');
    await phone.reload();
    await expect(phone.getByRole('heading', { name: 'Log in' })).toBeVisible();
    expect(errors).toEqual([]);
  });
});

test('a changed password logs in', async () => {
  const { page, client } = await newMember();
  await page.goto('/account');
  const form = page.getByRole('form', { name: 'Change the password' });
  await form.getByLabel('Current password').fill('a wrong one');
  await form.getByLabel('New password').fill('another password');
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(form.getByLabel('Current password')).toHaveAttribute('aria-invalid', 'true');
  await form.getByLabel('Current password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('Your password is changed')).toBeVisible();
  const { page: next } = await newTab();
  await logIn(next, client.email, 'another password');
});

test('the deletion of an account can be called off', async () => {
  const { page } = await newMember();
  await page.goto('/account');
  await page.getByRole('button', { name: 'Delete my account' }).press('Enter');
  const form = page.getByRole('form', { name: 'Delete the account' });
  await expect(form.getByLabel('Password')).toBeFocused();
  await page.getByRole('button', { name: 'Keep my account' }).press('Enter');
  await expect(form).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Delete my account' })).toBeFocused();
});

test('a deleted account cannot log in, and its posts lose their name', async () => {
  const { page, client } = await newMember();
  const title = newTitle();
  await post(page, title);
  await voteOf(page, title).click();
  await page.goto('/account');
  await page.getByRole('button', { name: 'Delete my account' }).click();
  const form = page.getByRole('form', { name: 'Delete the account' });
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await page.getByLabel('E-mail').fill(client.email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'wrong' })).toBeVisible();

  const reader = await newMember();
  await expect(async () => {
    await reader.page.getByRole('button', { name: 'Read again' }).click();
    await expect(itemOf(reader.page, title)).toContainText('[removed]', { timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await expect(voteOf(reader.page, title)).toHaveAccessibleName(`Vote for ${title}, 1 vote`);
});

/** Spoils the access token of the next calls, which the services then reject as an expired one. */
async function rejectTokens(page: Page, { times }: { times: number }): Promise<void> {
  await page.route(
    /\/api\/posts(\?|$)/,
    (route) =>
      route.continue({
        headers: { ...route.request().headers(), authorization: 'Bearer expired' },
      }),
    { times },
  );
}

function countRequests(page: Page, path: string): () => number {
  let count = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === path) count += 1;
  });
  return () => count;
}

/** As if each had been ended on another device. */
async function endAllSessions(context: BrowserContext): Promise<void> {
  await context.clearCookies();
}
