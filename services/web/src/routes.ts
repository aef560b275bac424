import { Router } from '@koa/router';
import { AppError } from '@relay/service-kit/http/app-error';
import type { Context } from 'koa';

import { DOCUMENT, type PageFile, type PageFiles } from './page-files.ts';
import { IMMUTABLE, REVALIDATE } from './page-headers.ts';
import { sendFile } from './send-file.ts';

/** Features of the page that depend on the way it is served. */
export interface PageConfig {
  /** Whether `POST /api/dev/cache-outage` exists: under `npm start`, never in a cluster. */
  cacheOutage: boolean;
}

/** The routes of the page: its configuration, its files, and its document for every other path. */
export function createRoutes(files: PageFiles, pageConfig: PageConfig): Router {
  const router = new Router();

  router.get('/config.json', (ctx) => {
    ctx.set('Cache-Control', 'no-store');
    ctx.body = pageConfig;
  });

  router.get('/assets/:file', (ctx) => {
    // Never the document, which a browser would take for a script.
    answer(ctx, files.get(ctx.path), IMMUTABLE);
  });

  router.get('/{*path}', (ctx) => {
    answer(ctx, files.get(isPagePath(ctx.path) ? DOCUMENT : ctx.path), REVALIDATE);
  });

  return router;
}

function answer(ctx: Context, file: PageFile | undefined, cacheControl: string): void {
  if (!file) throw new AppError('not-found', `${ctx.path} does not exist`);
  sendFile(ctx, file, cacheControl);
}

/** A path of the page's own routing: no file, and no call that a client has mistyped. */
function isPagePath(path: string): boolean {
  return !path.includes('.') && !path.startsWith('/api/') && !path.startsWith('/assets/');
}
