import { describe, expect, it } from 'vitest';

import { interpolate, intervalSeconds, type View } from './interpolate.ts';

const HOUR = 3600;
const view: View = {
  variables: { namespace: 'relay', service: ['auth', 'post'] },
  rangeSeconds: HOUR,
  scrapeSeconds: 15,
  maxDataPoints: 600,
};

describe('a query as Grafana sends it', () => {
  it.each([
    ['up{namespace="$namespace"}', 'up{namespace="relay"}'],
    ['up{job="${namespace}-post"}', 'up{job="relay-post"}'],
    ['up{job="${namespace:raw}-post"}', 'up{job="relay-post"}'],
    ['up{job=~"x-$service"}', 'up{job=~"x-(auth|post)"}'],
    ['rate(x[$__rate_interval])', 'rate(x[60s])'],
    ['rate(x[$__interval])', 'rate(x[15s])'],
    ['increase(x[$__range])', 'increase(x[3600s])'],
    ['x / $__range_s', 'x / 3600'],
    ['x{path=~"a$"}', 'x{path=~"a$"}'],
  ])('%s becomes %s', (text, sent) => {
    expect(interpolate(text, view)).toBe(sent);
  });

  it('may not name a variable that there is not', () => {
    expect(() => interpolate('up{pod="$pod"}', view)).toThrow('no variable $pod');
  });
});

describe('the time between two points', () => {
  it.each([
    ['no shorter than between two scrapes', HOUR, 15],
    ['a round number', 6 * HOUR, 30],
    ['longer in a longer range', 24 * HOUR, 120],
    ['at most a day', 3 * 365 * 24 * HOUR, 86_400],
  ])('is %s', (_what, rangeSeconds, seconds) => {
    expect(intervalSeconds({ ...view, rangeSeconds })).toBe(seconds);
  });

  it('leaves enough scrapes for a rate', () => {
    const sent = interpolate('$__rate_interval', { ...view, rangeSeconds: 24 * HOUR });
    expect(sent).toBe('135s');
  });
});
