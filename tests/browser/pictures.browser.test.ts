import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { expect, type BrowserContextOptions, type Page } from '@playwright/test';
import { beforeAll, inject, test } from 'vitest';

import { logIn as logInClient, PASSWORD, sendOk } from '../../tools/kit/api-client.ts';
import { baseUrl, newTab } from './support/browser.ts';
import { logIn, voteOf } from './support/member.ts';

/** The pictures of the README come from `npm run pictures:page`. */
// oxlint-disable-next-line no-process-env
const FOLDER = process.env['PICTURES'] ?? 'coverage/pictures';

const AUTHORS = ['ada', 'grace', 'alan', 'edsger'];
const LINKS = [
  ['HTTP caching, RFC 9111', 'https://www.rfc-editor.org/rfc/rfc9111'],
  ['Scaling Memcache at Facebook', 'https://research.facebook.com/publications/scaling-memcache'],
  ['How Postgres isolates transactions', 'https://www.postgresql.org/docs/current/mvcc.html'],
  ['Key eviction in Redis', 'https://redis.io/docs/latest/develop/reference/eviction/'],
  ['The circuit breaker pattern', 'https://martinfowler.com/bliki/CircuitBreaker.html'],
  ['Optimal probabilistic cache stampede prevention', 'https://www.vldb.org/pvldb/vol8/p886.pdf'],
] as const;

const LOOKS: Record<string, BrowserContextOptions> = {
  'page-light': { colorScheme: 'light', viewport: { width: 1280, height: 860 } },
  'page-dark': { colorScheme: 'dark', viewport: { width: 1280, height: 860 } },
  'page-narrow': { colorScheme: 'light', viewport: { width: 390, height: 844 } },
};

/** Their names are taken on a cluster that was tested before. */
const isOwnRelay = () => inject('target')?.relayDir != null;
const emailOf = (name: string) => `${name}@example.com`;

beforeAll(async () => {
  if (!isOwnRelay()) return;
  await mkdir(FOLDER, { recursive: true });
  const clients = [];
  for (const username of AUTHORS) {
    const body = { username, email: emailOf(username), password: PASSWORD };
    await sendOk(baseUrl(), { method: 'POST', path: '/api/auth/users', body });
    clients.push(await logInClient(baseUrl(), body.email));
  }
  for (const [index, [title, url]] of LINKS.entries()) {
    const author = clients[(index + 1) % clients.length]!;
    const { text } = await author.send('POST', '/api/posts', { title, url });
    const { id } = JSON.parse(text) as { id: string };
    const voters = clients.slice(1, 1 + ((index * 3) % clients.length));
    for (const voter of voters) await voter.send('PUT', `/api/posts/${id}/upvote`);
  }
});

test.for(Object.entries(LOOKS))('%s.png', async ([name, options], { skip }) => {
  skip(!isOwnRelay());
  const { page } = await newTab(undefined, options);
  await logIn(page, emailOf(AUTHORS[0]!));
  // The first author has voted for none of them. A write in the time line.
  const [title] = LINKS[Object.keys(LOOKS).indexOf(name)]!;
  await voteOf(page, title).click();
  await expect(voteOf(page, title)).toHaveAttribute('aria-pressed', 'true');
  for (let read = 0; read < 4; read += 1) await readAgain(page);
  await page.evaluate('scrollTo(0, 0)');
  const file = path.join(FOLDER, `${name}.png`);
  const picture = await page.screenshot({ path: file, animations: 'disabled' });
  const { width, height } = options.viewport!;
  // Of the header of a PNG.
  expect([picture.readUInt32BE(16), picture.readUInt32BE(20)]).toEqual([width, height]);
});

test('dark and light differ', async ({ skip }) => {
  skip(!isOwnRelay());
  const backgrounds = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await newTab(undefined, { colorScheme });
    await page.goto('/');
    await expect(page.getByRole('heading', { name: 'Log in' })).toBeVisible();
    backgrounds.push(
      await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'),
    );
  }
  expect(backgrounds[0]).not.toBe(backgrounds[1]);
});

async function readAgain(page: Page): Promise<void> {
  const button = page.getByRole('button', { name: 'Read again' });
  // Folded away on a narrow screen.
  if (!(await button.isVisible())) return;
  await button.click();
  await expect(page.getByRole('status', { name: 'The last read' })).toContainText(/HIT|MISS/);
}
