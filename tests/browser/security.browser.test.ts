import { expect, type Page, type Request } from '@playwright/test';
import { test } from 'vitest';

import { baseUrl, newTab } from './support/browser.ts';
import { itemOf, newMember, newTitle, post } from './support/member.ts';

/** Of a first visit: the document and its assets, compressed. */
const BUDGET = { requests: 8, bytes: 60_000 };

test('a title that looks like markup is text', async () => {
  const { page, errors } = await newMember();
  const title = `${newTitle()} <img src=x onerror="document.title='hacked'"><script>alert(1)</script>`;
  await post(page, title);
  await expect(itemOf(page, title)).toContainText('<script>alert(1)</script>');
  expect(await page.title()).not.toContain('hacked');
  await expect(itemOf(page, title).getByRole('img')).toHaveCount(0);
  expect(errors).toEqual([]);
});

test('a link of a user leads away without a trace', async () => {
  const { page } = await newMember();
  const title = newTitle();
  await post(page, title);
  const link = page.getByRole('link', { name: title });
  const relations = (await link.getAttribute('rel'))!.split(' ');
  expect(relations).toEqual(expect.arrayContaining(['nofollow', 'noopener']));
});

test('everything comes from one origin, and nothing runs that is not a file of it', async () => {
  const { page } = await newTab();
  const requests = recordRequests(page);
  const document = await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  const origins = new Set(requests.map((request) => new URL(request.url()).origin));
  expect([...origins]).toEqual([baseUrl()]);
  const policy = document!.headers()['content-security-policy']!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|https?:|\*/);
});

test('an injected script does not run', async () => {
  const { page } = await newTab();
  await page.goto('/');
  const ran = await page.evaluate<boolean>(`(() => {
    try {
      const script = document.createElement('script');
      script.textContent = 'window.injected = true';
      document.body.append(script);
    } catch {
      // Trusted Types refuse the text as well.
    }
    return 'injected' in window;
  })()`);
  expect(ran).toBe(false);
});

test('a first visit is small, and a second loads the document alone', async () => {
  const { page } = await newTab();
  const requests = recordRequests(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
  const ofPage = requests.filter((request) => !request.url().includes('/api/'));
  expect(ofPage.length).toBeLessThanOrEqual(BUDGET.requests);
  const sizes = await Promise.all(
    ofPage.map(async (request) => (await request.sizes()).responseBodySize),
  );
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(BUDGET.bytes);

  const assets = ofPage
    .map((request) => new URL(request.url()).pathname)
    .filter((path) => path.startsWith('/assets/'));
  expect(assets.length).toBeGreaterThan(0);
  for (const asset of assets) {
    const response = await page.request.get(asset);
    expect(response.headers()['cache-control']).toContain('immutable');
  }
  const document = await page.request.get('/');
  const { etag, 'cache-control': cacheControl } = document.headers();
  expect(cacheControl).toBe('no-cache');
  const again = await page.request.get('/', { headers: { 'If-None-Match': etag! } });
  expect(again.status()).toBe(304);
});

function recordRequests(page: Page): Request[] {
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));
  return requests;
}
