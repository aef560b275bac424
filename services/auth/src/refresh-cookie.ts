import { AppError } from '@relay/service-kit/http/app-error';
import type { Context } from 'koa';

/** The cookie is sent to paths under this one only: never with a request that an access token authenticates. */
export const BROWSER_PATH = '/api/auth/browser';

/** The refresh token of a browser, in a cookie that scripts cannot read. */
export interface RefreshCookie {
  /**
   * @throws AppError `invalid` for two cookies of the name: one may be of another host of the domain. Not
   *   `unauthenticated`, which deletes the own one and would leave the other.
   */
  read(ctx: Context): string | undefined;
  write(ctx: Context, refreshToken: string, expiresAt: Date): void;
  delete(ctx: Context): void;
}

interface RefreshCookieOptions {
  /** Without the prefix. */
  name: string;
  /** Sent over HTTPS and to localhost only, with the prefix `__Secure-`, which requires this. */
  secure: boolean;
}

export function createRefreshCookie(options: RefreshCookieOptions): RefreshCookie {
  const { secure } = options;
  const name = secure ? `__Secure-${options.name}` : options.name;
  const attributes = {
    httpOnly: true,
    secure,
    sameSite: 'strict',
    path: BROWSER_PATH,
    overwrite: true,
  } as const;

  /** TLS terminates at the ingress; without this, Koa refuses to set a secure cookie. */
  const cookiesOf = (ctx: Context) => Object.assign(ctx.cookies, { secure });

  return {
    read(ctx) {
      const pairs = ctx.get('Cookie').split(';');
      if (pairs.filter((pair) => pair.trim().startsWith(`${name}=`)).length > 1) {
        const detail =
          'There are two session cookies: delete the cookies of this site and its domain';
        throw new AppError('invalid', detail);
      }
      return ctx.cookies.get(name);
    },
    write: (ctx, refreshToken, expires) =>
      void cookiesOf(ctx).set(name, refreshToken, { ...attributes, expires }),
    delete: (ctx) => void cookiesOf(ctx).set(name, null, attributes),
  };
}
