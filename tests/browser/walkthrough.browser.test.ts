import { expect } from '@playwright/test';
import { test } from 'vitest';

import { newTab } from './support/browser.ts';
import { itemOf, newMember, newTitle, post, voteOf } from './support/member.ts';

/** Posts of a page of a list. */
const PAGE = 50;

test('a user registers, posts, votes, reads and leaves, and sees the cache at each step', async () => {
  const { page, errors } = await newTab();
  const name = `cluster-test-${Date.now().toString(36)}`;
  await page.goto('/');
  await page.getByRole('link', { name: 'Create an account' }).click();
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('E-mail').fill(`${name}@example.com`);
  await page.getByLabel('Password').fill('password123');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByRole('heading', { name: 'Newest' })).toBeVisible();
  await expect(page.getByRole('link', { name })).toBeVisible();

  const title = newTitle();
  await post(page, title);
  const outcome = page.getByRole('status', { name: 'The last read' });
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(outcome).toContainText('HIT');
  await expect(page.getByText('Redis is up')).toBeVisible();

  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'false');
  await voteOf(page, title).click();
  await expect(voteOf(page, title)).toHaveAccessibleName(`Vote for ${title}, 1 vote`);
  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('navigation', { name: 'Lists' }).getByRole('link', { name: 'Top' }).click();
  await expect(page.getByRole('heading', { name: 'Top' })).toBeVisible();
  await expect(outcome).toContainText(/HIT|MISS/);

  await page.getByRole('link', { name: 'My posts' }).click();
  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'true');
  await voteOf(page, title).click();
  await expect(voteOf(page, title)).toHaveAccessibleName(`Vote for ${title}, 0 votes`);
  await page.getByRole('button', { name: `Delete ${title}` }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(itemOf(page, title)).toHaveCount(0);
  await expect(page.getByText('You have not posted a link yet.')).toBeVisible();

  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  expect(errors).toEqual([]);
});

test('votes and posts of others are seen with the next read', async () => {
  const [reader, writer] = [await newMember(), await newMember()];
  const title = newTitle();
  const { id } = await writer.client.post(title);
  await reader.page.getByRole('button', { name: 'Read again' }).click();
  await expect(voteOf(reader.page, title)).toHaveAccessibleName(`Vote for ${title}, 0 votes`);
  await writer.client.send('PUT', `/api/posts/${id}/upvote`);
  await reader.page.getByRole('button', { name: 'Read again' }).click();
  await expect(voteOf(reader.page, title)).toHaveAccessibleName(`Vote for ${title}, 1 vote`);
  await expect(voteOf(reader.page, title)).toHaveAttribute('aria-pressed', 'false');
});

test('titles are aligned, however many votes their posts have', async () => {
  const { page, client } = await newMember();
  const titles = [newTitle(), newTitle()];
  for (const title of titles) await client.post(title);
  await page.route(/\/api\/posts\?user=/, async (route) => {
    const response = await route.fetch();
    const list = (await response.json()) as { posts: { votes: number }[] };
    list.posts[0]!.votes = 1_234_567;
    await route.fulfill({ response, json: list });
  });
  await page.getByRole('link', { name: 'My posts' }).click();
  await expect(voteOf(page, titles[1]!)).toHaveAccessibleName(/, 1,234,567 votes$/);
  const [one, other] = await Promise.all(
    titles.map((title) => page.getByRole('link', { name: title }).boundingBox()),
  );
  expect(one!.x).toBe(other!.x);
});

test('the ages of posts go on', async () => {
  const { page } = await newMember();
  const title = newTitle();
  await post(page, title);
  await page.clock.install();
  await page.reload();
  await expect(itemOf(page, title)).toContainText('just now');
  await page.clock.fastForward('05:00');
  await expect(itemOf(page, title)).toContainText('5 minutes ago');
});

test('before the first list, the panel has a text instead of a gap', async () => {
  const { page } = await newMember();
  await page.goto('/account');
  const outcome = page.getByRole('status', { name: 'The last read' });
  await expect(outcome).toContainText('This page has read no list yet.');
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(outcome).toContainText(/HIT|MISS/);
});

test('older posts are loaded page by page, each once', async () => {
  const { page, client } = await newMember();
  const titles = Array.from({ length: PAGE + 2 }, (_, index) => newTitle(`Page ${index}`));
  for (const title of titles) await client.post(title);
  await page.getByRole('link', { name: 'My posts' }).click();
  const posts = page.getByRole('list', { name: 'My posts' }).getByRole('listitem');
  await expect(posts).toHaveCount(PAGE);
  await page.getByRole('button', { name: 'Older posts' }).click();
  await expect(posts).toHaveCount(PAGE + 2);
  await expect(page.getByRole('link', { name: titles[1]!, exact: true })).toBeFocused();
  await expect(page.getByRole('button', { name: 'Older posts' })).toHaveCount(0);
  const shown = await posts.getByRole('heading').allTextContents();
  expect(shown).toEqual(titles.toReversed());
});

test('the errors of the API are shown at their fields', async () => {
  const { page } = await newMember();
  const form = page.getByRole('form', { name: 'Post a link' });
  await form.getByLabel('Title').fill('x'.repeat(301));
  await form.getByLabel('Link').fill('ftp://example.com');
  await form.getByRole('button', { name: 'Post link' }).click();
  await expect(form.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true');
  await expect(form.getByLabel('Title')).toHaveAccessibleDescription(/300/);
  await expect(form.getByLabel('Link')).toHaveAccessibleDescription(/http/);
  await expect(form.getByLabel('Title')).toBeFocused();
});

test('a taken name is an error at its field', async () => {
  const { client } = await newMember();
  const { page } = await newTab();
  await page.goto('/register');
  await page.getByLabel('Name').fill(client.email.split('@')[0]!);
  await page.getByLabel('E-mail').fill('other@example.com');
  await page.getByLabel('Password').fill('password123');
  await page.getByRole('button', { name: 'Create account' }).click();
  await expect(page.getByLabel('Name')).toHaveAccessibleDescription(/taken/);
});
