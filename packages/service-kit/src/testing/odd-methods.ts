import { readFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { seriesOf } from './metrics-table.ts';

/** Every method that Node's parser supports, and some unsupported ones. */
const ODD_METHODS: readonly string[] = [...METHODS, 'get', 'Post', 'connect', 'BREW', 'X-ANYTHING'];

/** Methods without any route in Relay. */
export const METHODS_WITHOUT_ROUTE: readonly string[] = ODD_METHODS.filter(
  (method) => !['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'].includes(method),
);

export interface OddAnswer {
  method: string;
  status: number;
  allow: string | null;
}

/** Sends each method, and an upgrade to another protocol, on separate connections. */
export async function sendOddMethods(baseUrl: string, path: string): Promise<OddAnswer[]> {
  const { hostname, port } = new URL(baseUrl);
  const send = async (method: string, fields = 'Connection: close\r\n') => {
    const socket = connect(Number(port), hostname);
    const target = method === 'CONNECT' ? 'a.example:443' : path;
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: a.example\r\n${fields}\r\n`);
    const [head = ''] = (await text(socket)).split('\r\n\r\n');
    const [statusLine = '', ...headerFields] = head.split('\r\n');
    const allow = headerFields
      .find((field) => field.startsWith('Allow: '))
      ?.slice('Allow: '.length);
    return { method, status: Number(statusLine.split(' ')[1]), allow: allow ?? null };
  };
  const upgrade = 'Connection: close, Upgrade\r\nUpgrade: h2c\r\n';
  return Promise.all([...ODD_METHODS.map((method) => send(method)), send('GET', upgrade)]);
}

const RULES = new URL('../../../../charts/relay/templates/rules/_recording.tpl', import.meta.url);

/** Counts requests and bad requests in a scrape, by the rule of the availability SLO. */
export function availabilityOf(metrics: string): { requests: number; bad: number } {
  const rule =
    /record: job:relay_http_bad_requests:rate\n +expr: .*http_requests_total\{.*status=~"([^"]+)"/;
  const pattern = rule.exec(readFileSync(RULES, 'utf8'))?.[1];
  if (pattern === undefined)
    throw new Error('The recording rule of the availability SLO is missing');
  const isBad = new RegExp(`status="(?:${pattern})"`);
  const counters = [...seriesOf(metrics)].filter(([name]) =>
    name.startsWith('http_requests_total{'),
  );
  const sum = (some: typeof counters) => some.reduce((total, [, value]) => total + value, 0);
  return { requests: sum(counters), bad: sum(counters.filter(([name]) => isBad.test(name))) };
}
