import type { Middleware } from 'koa';

export interface IndexLink {
  path: string;
  description: string;
}

/**
 * Creates a handler for `GET /` that lists the links: HTML for browsers, JSON for other clients.
 *
 * @param title must be a constant, like the links: they are not escaped
 */
export function indexPage(title: string, links: readonly IndexLink[]): Middleware {
  const json = {
    name: title,
    links: Object.fromEntries(links.map(({ path, description }) => [path, description])),
  };
  const items = links.map(
    ({ path, description }) => `<li><a href="${path}">${path}</a> ${description}</li>`,
  );
  const html =
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
    `<h1>${title}</h1><ul>${items.join('')}</ul></html>`;
  return function answerIndexPage(ctx) {
    ctx.vary('Accept');
    if (ctx.accepts('json', 'html') === 'html') {
      ctx.type = 'html';
      ctx.body = html;
    } else {
      ctx.body = json;
    }
  };
}
