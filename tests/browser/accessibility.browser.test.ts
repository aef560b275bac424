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

async function assertSound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(
    violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
  ).toEqual([]);
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
}
