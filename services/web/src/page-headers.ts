/**
 * Content Security Policy of the page: everything from its own origin, nothing inline, no frames around it.
 * A script that an attacker places in the document neither runs nor reaches another origin.
 */
const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The headers of the page's files beside those of every service. */
export const PAGE_HEADERS = {
  'Content-Security-Policy': PAGE_CSP,
  // No window of another origin keeps a reference to this one.
  'Cross-Origin-Opener-Policy': 'same-origin',
} as const;

/** For files with a hash of their content in the name. */
export const IMMUTABLE = 'public, max-age=31536000, immutable';

/** For names with changing content: kept, and compared by ETag before each use. */
export const REVALIDATE = 'no-cache';
