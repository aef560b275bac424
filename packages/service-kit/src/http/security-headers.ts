import type { Context, Middleware } from 'koa';
import helmet from 'koa-helmet';

/** The headers for an API without pages: no loading, framing or sniffing (OWASP REST Security). */
const setByHelmet = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  frameguard: { action: 'deny' },
  // TLS terminates at the ingress; set HSTS there.
  hsts: false,
  // The rest concerns pages.
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  dnsPrefetchControl: false,
  ieNoOpen: false,
  permittedCrossDomainPolicies: false,
  xssFilter: false,
});

/** Computed once, since they are the same for every response. */
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

/** Sets `SECURITY_HEADERS` on every response. */
export function securityHeaders(): Middleware {
  return function setSecurityHeaders({ res }, next) {
    for (const [name, value] of SECURITY_HEADERS) res.setHeader(name, value);
    return next();
  };
}
