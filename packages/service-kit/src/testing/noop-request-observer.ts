import type { RequestObserver } from '../metrics/http.ts';

/** For tests that do not check request metrics. */
export const noopRequestObserver: RequestObserver = {
  expect() {},
  started() {},
  ended() {},
  rejected() {},
};
