import type { RequestListener } from 'node:http';

const SLASH = 0x2f;
const QUESTION_MARK = 0x3f;

const ABSOLUTE = /^https?:\/\/[^/?#]+([^#]*)/i;

/**
 * Converts a request target to origin form: path and query. A server must accept the absolute form too,
 * which clients send to proxies (RFC 9112, 3.2.2). `*` is returned unchanged.
 *
 * @example
 * originForm('http://localhost:5000/api/posts?limit=1'); // '/api/posts?limit=1'
 */
export function originForm(target: string): string {
  if (target.charCodeAt(0) === SLASH) return target;
  const rest = ABSOLUTE.exec(target)?.[1];
  if (rest === undefined) return target;
  return rest.charCodeAt(0) === SLASH ? rest : `/${rest}`;
}

/**
 * Dispatches requests by path prefix, as an ingress does: `/api/posts` matches itself and all paths below
 * it.
 */
export function dispatchByPrefix(
  handlers: Readonly<Record<string, RequestListener>>,
  otherwise: RequestListener,
): RequestListener {
  const prefixes = Object.entries(handlers);
  return (request, response) => {
    const target = originForm(request.url ?? '');
    for (const [prefix, handle] of prefixes) {
      if (isUnder(prefix, target)) return handle(request, response);
    }
    return otherwise(request, response);
  };
}

function isUnder(prefix: string, target: string): boolean {
  if (!target.startsWith(prefix)) return false;
  if (target.length === prefix.length) return true;
  const next = target.charCodeAt(prefix.length);
  return next === SLASH || next === QUESTION_MARK;
}
