import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

/** An API serves no page: nothing may be loaded, framed or sniffed (OWASP REST Security). */
const setByHelmet = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  frameguard: { action: 'deny' },
  // TLS terminates at the ingress; set HSTS there.
  hsts: false,
  // The rest is for pages, and there are none.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
});

/** The same for every answer, so helmet computes them once. */
export const SECURITY_HEADERS: readonly (readonly [name: string, value: string])[] = collect();

function collect(): [string, string][] {
  const headers: [string, string][] = [];
  const res = {
    setHeader: (name: string, value: string) => void headers.push([name, value]),
    removeHeader() {},
  };
  void setByHelmet({ req: {}, res } as unknown as Context, async () => {});
  return headers;
}

/** Sends `SECURITY_HEADERS` with every answer. */
export function securityHeaders(): Middleware {
  return function setSecurityHeaders({ res }, next) {
    for (const [name, value] of SECURITY_HEADERS) res.setHeader(name, value);
    return next();
  };
}
