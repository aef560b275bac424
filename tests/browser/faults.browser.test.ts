import { expect } from '@playwright/test';
import { inject, onTestFinished, test } from 'vitest';

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
  await button.click();
  await expect(page.getByText('Redis is away')).toBeVisible();
  await page.getByRole('button', { name: 'Read again' }).click();
  await expect(page.getByRole('status', { name: 'The last read' })).toContainText('FALLBACK');
  await expect(page.getByText('Redis is up')).toBeVisible(SLOW);
  await expect(button).toBeVisible();
});
