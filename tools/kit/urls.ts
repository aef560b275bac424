/** The URL without slashes at its end, so that a path can follow. */
export const withoutSlash = (url: string) => url.replace(/\/+$/, '');
