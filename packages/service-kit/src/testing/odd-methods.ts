import { readFileSync } from 'node:fs';
import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { seriesOf } from './metrics-table.ts';

/** Every method that Node's parser supports, and some unsupported ones. */
const ODD_METHODS: readonly string[] = [...METHODS, 'get', 'Post', 'connect', 'BREW', 'X-ANYTHING'];

const ROUTED_METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS']);

interface OddAnswer {
  method: string;
  status: number;
  allow: string | null;
}

/** Answers and requests that count against a service, or are refused in another way than documented. */
interface OddMethodFaults {
  failed: OddAnswer[];
  /** Of a method without any route: not a 405 with `Allow`. */
  notRefused: OddAnswer[];
  /** By the rule of the availability SLO. */
  countedAsBad: number;
  notCounted: number;
}

/** Sends each method to each path of a service. */
export async function faultsOfOddMethods(
  { url, adminUrl }: { url: string; adminUrl: string },
  paths: readonly string[],
): Promise<OddMethodFaults> {
  const answers = (await Promise.all(paths.map((path) => sendOddMethods(url, path)))).flat();
  const withoutRoute = answers.filter(({ method }) => !ROUTED_METHODS.has(method));
  const counted = availabilityOf(await (await fetch(`${adminUrl}/metrics`)).text());
  return {
    failed: answers.filter(({ status }) => !(status >= 200 && status < 500)),
    notRefused: withoutRoute.filter(({ status, allow }) => status !== 405 || !allow),
    countedAsBad: counted.bad,
    notCounted: answers.length - counted.requests,
  };
}

/** Sends each method, and an upgrade to another protocol, on separate connections. */
async function sendOddMethods(baseUrl: string, path: string): Promise<OddAnswer[]> {
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
function availabilityOf(metrics: string): { requests: number; bad: number } {
  const rule =
    /record: job:relay_http_bad_requests:rate\n +expr: \|-\n.*http_requests_total\{.*status=~"([^"]+)"/;
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
