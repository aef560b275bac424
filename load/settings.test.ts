import { expect, test } from 'vitest';

import { PLANS } from './plans.ts';
import { parseDuration, readSettings } from './settings.ts';

test('a scenario has its own defaults', () => {
  expect(readSettings('load', {})).toEqual({
    scenario: 'load',
    baseUrl: 'http://localhost:5000',
    host: undefined,
    seconds: PLANS.load.seconds,
    rate: PLANS.load.rate,
    clients: 1,
    metricsUrls: [],
    resultsFile: undefined,
  });
});

test('variables override them, and empty ones do not', () => {
  const settings = readSettings('herd', {
    BASE_URL: 'https://10.0.0.1/',
    HOST: 'relay.example.com',
    DURATION: '1m30s',
    RATE: '',
    CLIENTS: '7',
    METRICS_URLS: 'http://a:1/,http://b:2',
    RESULTS_FILE: 'out.json',
  });
  expect(settings).toMatchObject({
    baseUrl: 'https://10.0.0.1',
    host: 'relay.example.com',
    seconds: 90,
    rate: 0,
    clients: 7,
    metricsUrls: ['http://a:1', 'http://b:2'],
    resultsFile: 'out.json',
  });
});

test.each([
  ['DURATION', 'soon'],
  ['DURATION', '0s'],
  ['RATE', '-1'],
  ['RATE', '0'],
  ['CLIENTS', '1.5'],
])('refuses %s=%s by name', (name, value) => {
  expect(() => readSettings('load', { [name]: value })).toThrow(`${name}: must be`);
});

test.each([
  ['90s', 90],
  ['5m', 300],
  ['2h', 7200],
  ['1h30m5s', 5405],
  ['', undefined],
  ['5', undefined],
  ['5 m', undefined],
  ['m', undefined],
])('reads "%s" as %s seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});
