/** The paths of the page's views, which the page routes itself. Each is answered with the document. */
export const PAGE_PATHS = ['/', '/login', '/register', '/top', '/mine', '/account'] as const;
