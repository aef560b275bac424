import { expect } from '@playwright/test';
import { inject, onTestFinished, test } from 'vitest';

import { PASSWORD } from '../../tools/kit/api-client.ts';
import { newTab } from './support/browser.ts';
import { itemOf, newMember, newTitle, post, voteOf } from './support/member.ts';
import { startRedis, stopRedis } from './support/redis.ts';

const SLOW = { timeout: 30_000 };

test('a vote that the server refuses is put right', async () => {
  const { page } = await newMember();
  const title = newTitle();
  await post(page, title);
  await page.route(/\/upvote$/, (route) => route.fulfill({ status: 503, body: '' }), { times: 1 });
  await voteOf(page, title).click();
  await expect(page.getByRole('alert').filter({ hasText: title })).toBeVisible();
  await expect(voteOf(page, title)).toHaveAccessibleName(`Vote for ${title}, 0 votes`);
  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'false');
  await page.getByRole('button', { name: 'Dismiss' }).press('Enter');
  await expect(voteOf(page, title)).toBeFocused();
  await voteOf(page, title).click();
  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'true');
});

test('offline the page keeps its list, and continues by itself', async () => {
  const { page, context, client } = await newMember();
  const title = newTitle();
  await post(page, title);
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByText('Relay cannot be reached.')).toBeVisible();
  await expect(itemOf(page, title)).toBeVisible();
  const missed = newTitle('While offline');
  await client.post(missed);
  await context.setOffline(false);
  await expect(itemOf(page, missed)).toBeVisible(SLOW);
  await expect(page.getByText('Relay cannot be reached.')).toBeHidden();
});

test('the pages of a list outlast a short loss of the connection', async () => {
  const { page, context, client } = await newMember();
  for (let index = 0; index < 52; index += 1) await client.post(newTitle());
  await page.getByRole('link', { name: 'My posts' }).click();
  const posts = page.getByRole('list', { name: 'My posts' }).getByRole('listitem');
  await page.getByRole('button', { name: 'Older posts' }).click();
  await expect(posts).toHaveCount(52);
  await context.setOffline(true);
  await expect(page.getByText('Relay cannot be reached.')).toBeVisible(SLOW);
  const secondPage = page.waitForResponse(/cursor=/);
  await context.setOffline(false);
  await secondPage;
  await expect(page.getByRole('list', { name: 'My posts' })).toHaveAttribute('aria-busy', 'false');
  await expect(posts).toHaveCount(52);
});

test('without Redis everything works, and the page shows the way round it', async () => {
  const { page } = await newMember();
  const title = newTitle();
  await post(page, title);
  onTestFinished(startRedis);
  await stopRedis();
  await expect(page.getByText('Redis is away')).toBeVisible(SLOW);
  await page.getByRole('button', { name: 'Read again' }).click();
  const outcome = page.getByRole('status', { name: 'The last read' });
  await expect(outcome).toContainText('FALLBACK');
  await expect(itemOf(page, title)).toBeVisible();
  const written = newTitle('Without Redis');
  await post(page, written);
  await voteOf(page, written).click();
  await expect(voteOf(page, written)).toHaveAccessibleName(`Vote for ${written}, 1 vote`);

  await startRedis();
  await expect(page.getByText('Redis is up')).toBeVisible(SLOW);
  await expect(async () => {
    await page.getByRole('button', { name: 'Read again' }).click();
    await expect(outcome).toContainText('HIT', { timeout: 500 });
  }).toPass(SLOW);
  await expect(itemOf(page, written)).toBeVisible();
});

test('the button that loses the cache for ten seconds exists under npm start alone', async () => {
  const { page } = await newMember();
  const button = page.getByRole('button', { name: 'Lose the cache for ten seconds' });
  if (inject('target')!.relayDir === null) {
    await expect(page.getByText('Redis is up')).toBeVisible();
    await expect(button).toHaveCount(0);
    return;
  }
  await page.route(/cache-outage$/, (route) => route.fulfill({ status: 409, body: '' }), {
    times: 1,
  });
  await button.click();
  await expect(page.getByText('The cache is stopped already.')).toBeVisible();
  await button.click();
  await expect(page.getByText('Redis is away')).toBeVisible();
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByRole('status', { name: 'The last read' })).toContainText('FALLBACK');
  await expect(page.getByText('Redis is up')).toBeVisible(SLOW);
  await expect(button).toBeVisible();
});

test('after a registration with a failed login, the login form has the e-mail address', async () => {
  const { page } = await newTab();
  await page.route(/browser\/login$/, (route) => route.fulfill({ status: 503, body: '' }), {
    times: 1,
  });
  const name = `cluster-test-${Date.now().toString(36)}`;
  await page.goto('/register');
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(`${name}@example.com`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Your account exists.' })).toBeVisible();
  await expect(page.getByLabel('E-mail')).toHaveValue(`${name}@example.com`);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('link', { name })).toBeVisible();
});

test('a deleted account is left although its cookie cannot be removed', async () => {
  const { page } = await newMember();
  await page.goto('/account');
  await page.route(/browser\/logout$/, (route) => route.abort());
  await page.getByRole('button', { name: 'Delete my account' }).click();
  const form = page.getByRole('form', { name: 'Delete the account' });
  await form.getByLabel('Password').fill(PASSWORD);
  await form.getByRole('button', { name: 'Delete my account' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  await expect(page.getByText('Your account is deleted.')).toBeVisible();
});

test('a document with a missing script is loaded again, once', async () => {
  const { page } = await newTab();
  let documents = 0;
  page.on('request', (request) => {
    if (request.isNavigationRequest()) documents += 1;
  });
  const missing = { status: 404, body: '' };
  await page.route(/assets\/.*\.js$/, (route) => route.fulfill(missing), { times: 1 });
  await page.goto('/login');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  expect(documents).toBe(2);

  // Not again for the same asset: an endless loop would load the server.
  const failed = page.waitForResponse((response) => response.status() === 404);
  await page.route(/assets\/.*\.js$/, (route) => route.fulfill(missing));
  await page.reload();
  await failed;
  await page.waitForLoadState('networkidle');
  expect(documents).toBe(3);
});

test('a start that Relay refuses for now shows its reason', async () => {
  const { page } = await newMember();
  const refusal = { status: 429, headers: { 'Retry-After': '30' }, body: '' };
  await page.route(/browser\/refresh$/, (route) => route.fulfill(refusal), { times: 1 });
  await page.reload();
  await expect(page.getByText('Too many requests. Try again in 30 seconds.')).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Newest' })).toBeVisible();
});

test('a start without a connection is repeated when the browser is online', async () => {
  const { page, context } = await newMember();
  await page.route(/browser\/refresh$/, (route) => route.abort());
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Relay cannot be reached' })).toBeVisible();
  await page.unroute(/browser\/refresh$/);
  await context.setOffline(true);
  await context.setOffline(false);
  await expect(page.getByRole('heading', { name: 'Newest' })).toBeVisible();
});

test('a post that is deleted in two tabs leaves both', async () => {
  const { page, context } = await newMember();
  const title = newTitle();
  await post(page, title);
  const { page: other } = await newTab(context);
  await other.goto('/');
  for (const tab of [page, other]) {
    await tab.getByRole('button', { name: `Delete ${title}` }).click();
    await tab.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await expect(itemOf(tab, title)).toHaveCount(0);
    await expect(tab.getByRole('status').filter({ hasText: 'is deleted' })).toBeVisible();
  }
});

test('a slow start shows that the page connects', async () => {
  const { page } = await newTab();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  onTestFinished(() => release());
  await page.route(/browser\/refresh$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('/');
  await expect(page.getByText('Connecting to Relay')).toBeVisible();
  release();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
});

test('a wrong password is reported beside the button', async () => {
  const { page } = await newTab();
  await page.goto('/login');
  await page.getByLabel('E-mail').fill('nobody@example.com');
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  const error = page.getByRole('form', { name: 'Log in' }).getByRole('alert');
  await expect(error).toContainText('wrong');
  const below = (await page.getByText('New here?').boundingBox())!;
  expect((await error.boundingBox())!.y).toBeLessThan(below.y);
});

test('sessions that cannot be read are read again', async () => {
  const { page } = await newMember();
  await page.route(/\/me\/sessions$/, (route) => route.fulfill({ status: 503, body: '' }), {
    times: 1,
  });
  await page.goto('/account');
  const sessions = page.getByRole('region', { name: 'Sessions' });
  await expect(sessions.getByRole('alert')).toContainText('Relay cannot do this now.');
  await expect(sessions.getByText('Loading')).toHaveCount(0);
  await sessions.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(sessions.getByText('This one')).toBeVisible();
  await expect(sessions.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Account', exact: true })).toBeFocused();
});

test('a message stays on its view', async () => {
  const { page } = await newMember();
  const title = newTitle();
  await post(page, title);
  await page.route(/\/upvote$/, (route) => route.fulfill({ status: 503, body: '' }));
  await voteOf(page, title).click();
  const message = page.getByRole('alert').filter({ hasText: title });
  await expect(message).toBeVisible();
  await page.getByRole('link', { name: 'My posts' }).click();
  await expect(page.getByRole('heading', { name: 'My posts' })).toBeVisible();
  await expect(message).toHaveCount(0);
});

test('on a slow network, a running read is shown', async () => {
  const { page } = await newMember();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  onTestFinished(() => release());
  await page.route(/\/api\/posts$/, async (route) => {
    await held;
    await route.continue();
  });
  const button = page.getByRole('button', { name: 'Read again' });
  await button.click();
  await expect(button).toHaveAttribute('aria-busy', 'true');
  release();
  await expect(button).toHaveAttribute('aria-busy', 'false');
});

test('a draft outlives the end of its session', async () => {
  const { page, client, context } = await newMember();
  const form = page.getByRole('form', { name: 'Post a link' });
  const title = newTitle();
  await form.getByLabel('Title').fill(title);
  await form.getByLabel('Link').fill('https://example.com/draft');
  await context.clearCookies();
  await page.route(/\/api\/posts$/, (route) => route.fulfill({ status: 401, body: '' }), {
    times: 1,
  });
  await form.getByRole('button', { name: 'Post link' }).click();
  await expect(page.getByText('Your session has ended.')).toBeVisible();
  await page.getByLabel('E-mail').fill(client.email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(form.getByLabel('Title')).toHaveValue(title);
  await form.getByRole('button', { name: 'Post link' }).click();
  await expect(itemOf(page, title)).toBeVisible();
  await expect(form.getByLabel('Title')).toHaveValue('');
});

test('the focus moves to the heading when the error of a list has gone', async () => {
  const { page } = await newMember();
  await page.route(/\/api\/posts$/, (route) => route.fulfill({ status: 503, body: '' }), {
    times: 1,
  });
  await page.getByRole('button', { name: 'Read again' }).click();
  await page.getByRole('button', { name: 'Try again' }).press('Enter');
  await expect(page.getByRole('heading', { name: 'Newest' })).toBeFocused();
});
