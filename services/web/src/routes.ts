import { Router } from '@koa/router';
import { AppError } from '@relay/service-kit/http/app-error';
import type { Context } from 'koa';

import { DOCUMENT, type PageFile, type PageFiles } from './page-files.ts';
import { IMMUTABLE, REVALIDATE } from './page-headers.ts';
import { PAGE_PATHS } from './page-paths.ts';
import { sendFile } from './send-file.ts';

/** Features of the page that depend on the way it is served. */
export interface PageConfig {
  /** Whether `POST /api/dev/cache-outage` exists: under `npm start`, never in a cluster. */
  cacheOutage: boolean;
}

/**
 * The routes of the page: its configuration, its files, and its document for its views. An unknown path gets the document
 * with the status 404.
 */
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
    const withoutSlash = ctx.path.replace(/\/+$/, '');
    if (withoutSlash !== ctx.path && VIEWS.has(withoutSlash)) return ctx.redirect(withoutSlash);
    const isView = VIEWS.has(ctx.path);
    const file = files.get(isView ? DOCUMENT : ctx.path);
    if (file || !isPagePath(ctx.path)) return answer(ctx, file, REVALIDATE);
    sendFile(ctx, files.get(DOCUMENT)!, { cacheControl: REVALIDATE, status: 404 });
  });

  return router;
}

const VIEWS: ReadonlySet<string> = new Set(PAGE_PATHS);

function answer(ctx: Context, file: PageFile | undefined, cacheControl: string): void {
  if (!file) throw new AppError('not-found', `${ctx.path} does not exist`);
  sendFile(ctx, file, { cacheControl });
}

/** A path that a person may have typed: no file, and no mistyped call of the API. */
function isPagePath(path: string): boolean {
  return !path.includes('.') && !path.startsWith('/api/') && !path.startsWith('/assets/');
}
