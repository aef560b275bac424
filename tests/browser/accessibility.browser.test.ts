import { AxeBuilder } from '@axe-core/playwright';
import { expect, type BrowserContextOptions, type Page } from '@playwright/test';
import { describe, test } from 'vitest';

import { newTab } from './support/browser.ts';
import { newMember, newTitle, post, voteOf } from './support/member.ts';

const LOOKS: [string, BrowserContextOptions][] = [
  ['in light colours', { colorScheme: 'light' }],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on a screen of 320 px', { viewport: { width: 320, height: 640 }, hasTouch: true }],
];

describe.each(LOOKS)('%s', (_name, options) => {
  test('no page violates a rule of axe, or is wider than its screen', async () => {
    const { page } = await newTab(undefined, options);
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
    await assertSound(page);
    await page.goto('/register');
    await page.getByRole('button', { name: 'Create account' }).click();
    await expect(page.getByLabel('Name')).toHaveAttribute('aria-invalid', 'true');
    await assertSound(page);

    const member = await newMember(options);
    await post(member.page, newTitle('A link with averyverylongwordthatdoesnotfit'.repeat(2)));
    await assertSound(member.page);
    for (const path of ['/top', '/mine', '/account', '/nowhere']) {
      await member.page.goto(path);
      await expect(member.page.getByRole('heading', { level: 1 })).toBeVisible();
      await assertSound(member.page);
    }
  });
});

test('everything works by keyboard', async () => {
  const { page } = await newMember();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Newest' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused();
  const form = page.getByRole('form', { name: 'Post a link' });
  await form.getByLabel('Title').focus();
  const title = newTitle();
  await page.keyboard.type(title);
  await page.keyboard.press('Tab');
  await page.keyboard.type('https://example.com/keys');
  await page.keyboard.press('Enter');
  await voteOf(page, title).press('Space');
  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'true');
  await page.getByRole('button', { name: `Delete ${title}` }).press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('button', { name: `Delete ${title}` })).toBeFocused();
  await expect(voteOf(page, title)).toBeVisible();
});

test('in forced colours, votes and the current list are marked', async () => {
  const { page } = await newMember({ forcedColors: 'active' });
  const title = newTitle();
  await post(page, title);
  const before = await backgroundOf(page, '.vote[aria-pressed="false"]');
  await voteOf(page, title).click();
  expect(await backgroundOf(page, '.vote[aria-pressed="true"]')).not.toBe(before);
  const other = await backgroundOf(page, 'nav a:not([aria-current])');
  expect(await backgroundOf(page, 'nav a[aria-current]')).not.toBe(other);
});

test('the header covers no control that has the focus', async () => {
  const { page, client } = await newMember({ viewport: { width: 1280, height: 500 } });
  for (let index = 0; index < 12; index += 1) await client.post(newTitle());
  await page.getByRole('link', { name: 'My posts' }).click();
  const posts = page.getByRole('list', { name: 'My posts' }).getByRole('listitem');
  await expect(posts).toHaveCount(12);
  await posts.last().getByRole('button', { name: 'Delete' }).focus();
  const header = (await page.getByRole('banner').boundingBox())!;
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press('Shift+Tab');
    const { y } = (await page.locator(':focus').boundingBox())!;
    expect(y).toBeGreaterThanOrEqual(header.y + header.height);
  }
});

test('a header of two lines keeps a margin', async () => {
  const { page } = await newMember({ viewport: { width: 600, height: 700 } });
  const header = (await page.getByRole('banner').boundingBox())!;
  const lists = (await page.getByRole('navigation', { name: 'Lists' }).boundingBox())!;
  const account = (await page.getByRole('button', { name: 'Log out' }).boundingBox())!;
  expect(account.y).toBeGreaterThan(lists.y + lists.height);
  expect(lists.y - header.y).toBeGreaterThanOrEqual(4);
});

test('a title from right to left changes the order of no other word', async () => {
  const { page } = await newMember();
  const title = newTitle('שלום');
  await post(page, title);
  await expect(page.getByRole('status').filter({ hasText: 'is posted' })).toHaveText(
    `“\u2068${title}\u2069” is posted.`,
  );
});

async function backgroundOf(page: Page, selector: string): Promise<string> {
  await page.locator(selector).first().waitFor();
  return page.evaluate(`getComputedStyle(document.querySelector('${selector}')).backgroundColor`);
}

async function assertSound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
  ).toEqual([]);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
}
