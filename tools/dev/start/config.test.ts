import { expect, test } from 'vitest';

import { readLocalConfig } from './config.ts';

const cookieName = (environment: NodeJS.ProcessEnv) =>
  readLocalConfig(environment).auth.COOKIE_NAME;

test('the name of the cookie has the port, so two Relays in one browser have a cookie each', () => {
  expect(cookieName({})).toBe('relay_refresh_5000');
  expect(cookieName({ PORT: '5050' })).toBe('relay_refresh_5050');
});

test('COOKIE_NAME replaces the name with the port', () => {
  expect(cookieName({ PORT: '5050', COOKIE_NAME: 'mine' })).toBe('mine');
});
