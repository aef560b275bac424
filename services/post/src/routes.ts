import { Router, type RouterContext } from '@koa/router';
import { createCacheResponder, setCacheHeaders } from '@relay/cache/koa';
import { AppError } from '@relay/service-kit/http/app-error';
import { parse } from '@relay/service-kit/http/parse';
import { healthHandler } from '@relay/service-kit/service/admin';
import type { HealthDetails } from '@relay/service-kit/service/health';
import type { Middleware } from 'koa';

import type { CacheStatus } from './cache-status.ts';
import type { CachedPosts, PostRead } from './cached-posts.ts';
import { parseIdempotencyKey } from './idempotency.ts';
import { postOpenApi } from './openapi.ts';
import { draftSchema, type Author, type PostStore } from './post.ts';
import {
  decodeCursor,
  listQuerySchema,
  postPathSchema,
  topQuerySchema,
  votesQuerySchema,
} from './request.ts';
import type { WriteLimits } from './write-limits.ts';

interface RoutesOptions {
  posts: CachedPosts;
  votes: Pick<PostStore, 'votedAmong'>;
  cacheStatus: () => Promise<CacheStatus>;
  authenticate: Middleware;
  limits: WriteLimits;
  health: () => Promise<HealthDetails>;
}

/** The HTTP routes of the post service. */
export function createRoutes(options: RoutesOptions): Router {
  const { posts, votes, cacheStatus, authenticate, limits, health } = options;
  const router = new Router();

  // Registered before `/api/posts/:id`, which would match them.
  router.get('/api/posts/openapi.json', (ctx) => {
    ctx.body = postOpenApi;
  });
  router.get(['/health', '/api/posts/health'], healthHandler(health));

  const [answerList, answerTop, answerPost] = [readResponder(), readResponder(), readResponder()];
  router.get('/api/posts', authenticate, async (ctx) => {
    const { limit, cursor, user } = parse(listQuerySchema, ctx.query, 'query');
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    await answerList(ctx, () => posts.list({ limit, after, authorId: user }));
  });

  router.get('/api/posts/top', authenticate, async (ctx) => {
    const { limit } = parse(topQuerySchema, ctx.query, 'query');
    await answerTop(ctx, () => posts.top(limit));
  });

  // Not cached: a row per user and post is read by its primary key, and hardly ever twice.
  router.get('/api/posts/votes', authenticate, async (ctx) => {
    const { ids } = parse(votesQuerySchema, ctx.query, 'query');
    ctx.set('Cache-Control', 'private, no-store');
    ctx.body = { voted: await votes.votedAmong(ids, viewerOf(ctx).id) };
  });

  router.get('/api/posts/cache', authenticate, async (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = await cacheStatus();
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
    const count = await posts.setVote({ postId: id, userId, up });
    if (count === undefined) throw noSuchPost();
    ctx.body = { id, votes: count };
  };
  router.put('/api/posts/:id/upvote', authenticate, vote(true));
  router.post('/api/posts/:id/upvote', authenticate, vote(true));
  router.delete('/api/posts/:id/upvote', authenticate, vote(false));

  router.delete('/api/posts/:id', authenticate, async (ctx) => {
    const { id } = parse(postPathSchema, ctx.params, 'path');
    const outcome = await posts.remove(id, viewerOf(ctx).id);
    if (outcome === 'not-found') throw noSuchPost();
    if (outcome === 'not-the-author') {
      throw new AppError('forbidden', 'Only the author may delete a post');
    }
    ctx.status = 204;
  });

  return router;
}

/** Creates the responder for the reads of one route. */
function readResponder() {
  const respond = createCacheResponder();
  return async function answer(ctx: RouterContext, read: () => Promise<PostRead>): Promise<void> {
    const startedAt = performance.now();
    const result = await read();
    const durationMs = performance.now() - startedAt;
    if (result.bytes.equals(ABSENT)) {
      setCacheHeaders(ctx, result.outcome, durationMs);
      throw noSuchPost();
    }
    respond(ctx, result, durationMs);
  };
}

const ABSENT = Buffer.from('null');

function noSuchPost(): AppError {
  return new AppError('not-found', 'The post does not exist');
}

function viewerOf(ctx: RouterContext): Author {
  return ctx.state.viewer as Author;
}
