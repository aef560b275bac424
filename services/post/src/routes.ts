import { Router, type RouterContext } from '@koa/router';
import { createCacheResponder, setCacheHeaders } from '@relay/cache/koa';
import { healthAnswer } from '@relay/service-kit/http/admin';
import { AppError } from '@relay/service-kit/http/app-error';
import type { HealthDetails } from '@relay/service-kit/http/health';
import { parse } from '@relay/service-kit/http/parse';
import type { Middleware } from 'koa';

import type { CachedPosts, PostRead } from './cached-posts.ts';
import { parseIdempotencyKey } from './idempotency.ts';
import { postOpenApi } from './openapi.ts';
import { draftSchema, type Author } from './post.ts';
import { decodeCursor, listQuerySchema, postPathSchema, topQuerySchema } from './request.ts';
import type { WriteLimits } from './write-limits.ts';

interface RoutesOptions {
  posts: CachedPosts;
  authenticate: Middleware;
  limits: WriteLimits;
  health: () => Promise<HealthDetails>;
}

/** The post service's calls, as HTTP. */
export function createRoutes({ posts, authenticate, limits, health }: RoutesOptions): Router {
  const router = new Router();

  // Before `/api/posts/:id`, of which these two are no posts.
  router.get('/api/posts/openapi.json', (ctx) => {
    ctx.body = postOpenApi;
  });
  router.get(['/health', '/api/posts/health'], healthAnswer(health));

  const [answerList, answerTop, answerPost] = [reader(), reader(), reader()];
  router.get('/api/posts', authenticate, async (ctx) => {
    const { limit, cursor, user } = parse(listQuerySchema, ctx.query, 'query');
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    await answerList(ctx, () => posts.list({ limit, after, authorId: user }));
  });

  router.get('/api/posts/top', authenticate, async (ctx) => {
    const { limit } = parse(topQuerySchema, ctx.query, 'query');
    await answerTop(ctx, () => posts.top(limit));
  });

  router.get('/api/posts/:id', authenticate, async (ctx) => {
    const { id } = parse(postPathSchema, ctx.params, 'path');
    await answerPost(ctx, () => posts.findById(id));
  });

  router.post('/api/posts', authenticate, async (ctx) => {
    const draft = parse(draftSchema, ctx.request.body, 'body');
    const idempotencyKey = parseIdempotencyKey(
      ctx.headers['idempotency-key'] as string | undefined,
    );
    const viewer = viewerOf(ctx);
    await limits.post(viewer.id);
    const post = await posts.create(draft, viewer, idempotencyKey);
    ctx.status = 201;
    ctx.set('Location', `/api/posts/${post.id}`);
    ctx.body = post;
  });

  const vote = (up: boolean) => async (ctx: RouterContext) => {
    const { id } = parse(postPathSchema, ctx.params, 'path');
    const userId = viewerOf(ctx).id;
    await limits.vote(userId);
    const votes = await posts.setVote({ postId: id, userId, up });
    if (votes === undefined) throw noSuchPost();
    ctx.body = { id, votes };
  };
  router.put('/api/posts/:id/upvote', authenticate, vote(true));
  router.post('/api/posts/:id/upvote', authenticate, vote(true));
  router.delete('/api/posts/:id/upvote', authenticate, vote(false));

  router.delete('/api/posts/:id', authenticate, async (ctx) => {
    const { id } = parse(postPathSchema, ctx.params, 'path');
    const outcome = await posts.remove(id, viewerOf(ctx).id);
    if (outcome === 'not-found') throw noSuchPost();
    if (outcome === 'not-the-author') {
      throw new AppError('forbidden', 'Only its author may delete a post');
    }
    ctx.status = 204;
  });

  return router;
}

/** Makes a function that answers one route's reads. */
function reader() {
  const respond = createCacheResponder();
  return async function answer(ctx: RouterContext, read: () => Promise<PostRead>): Promise<void> {
    const startedAt = performance.now();
    const found = await read();
    const tookMs = performance.now() - startedAt;
    if (found.bytes.equals(ABSENT)) {
      setCacheHeaders(ctx, found.outcome, tookMs);
      throw noSuchPost();
    }
    respond(ctx, found, tookMs);
  };
}

const ABSENT = Buffer.from('null');

function noSuchPost(): AppError {
  return new AppError('not-found', 'There is no such post');
}

function viewerOf(ctx: RouterContext): Author {
  return ctx.state.viewer as Author;
}
