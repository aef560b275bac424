import type { RequestObserver } from '../metrics/http.ts';

/** For a test that has no interest in what is measured. */
export const unobserved: RequestObserver = {
  expect() {},
  began() {},
  ended() {},
  refused() {},
};
