import type { Middleware } from 'koa';

/** A link of a landing answer. */
export interface LandingLink {
  path: string;
  what: string;
}

/**
 * Answers `GET /` with the links: HTML to a browser, JSON to anything else.
 *
 * @param title constant, and so are the links: none of it is escaped
 */
export function landing(title: string, links: readonly LandingLink[]): Middleware {
  const json = {
    name: title,
    links: Object.fromEntries(links.map(({ path, what }) => [path, what])),
  };
  const items = links.map(({ path, what }) => `<li><a href="${path}">${path}</a> ${what}</li>`);
  const html =
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
    `<h1>${title}</h1><ul>${items.join('')}</ul></html>`;
  return function answerLanding(ctx) {
    ctx.vary('Accept');
    if (ctx.accepts('json', 'html') === 'html') {
      ctx.type = 'html';
      ctx.body = html;
    } else {
      ctx.body = json;
    }
  };
}
