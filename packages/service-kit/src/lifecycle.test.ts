import { once } from 'node:events';
import { Agent, createServer, request, type RequestListener } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterEach, expect, test, vi } from 'vitest';

import { ListenError, start, type Listener } from './lifecycle.ts';
import { captureLog } from './testing/index.ts';

const agents: Agent[] = [];
afterEach(() => {
  for (const agent of agents.splice(0)) agent.destroy();
});

const listener = (handle: RequestListener, port = 0): Listener => ({
  variable: 'PORT',
  handle,
  host: '127.0.0.1',
  port,
});

const answerAtOnce: RequestListener = (_request, response) => response.end();

/** A listener whose answers wait, and what happened in which order. */
function slowService() {
  const steps: string[] = [];
  const entered = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const handle: RequestListener = (_request, response) => {
    entered.resolve();
    void answer.promise.then(() => {
      steps.push('answered');
      response.end('late');
    });
  };
  return { steps, handle, entered: entered.promise, answer: answer.resolve };
}

/** A GET on a connection that the client would keep. */
function getOnKeptConnection(port: number) {
  const agent = new Agent({ keepAlive: true });
  agents.push(agent);
  const sent = request({ host: '127.0.0.1', port, agent }).end();
  return once(sent, 'response').then(async ([response]) => ({
    connection: response.headers.connection as string,
    body: await text(response),
  }));
}

const options = (given: Partial<Parameters<typeof start>[0]>) => ({
  log: captureLog().log,
  listeners: [],
  onDraining: () => {},
  closeInOrder: [],
  deadlineMs: 10_000,
  ...given,
});

test('shuts down in request order: not ready, HTTP drained, then the closers one by one', async () => {
  const { steps, handle, entered, answer } = slowService();
  const close = (name: string) => async () => {
    steps.push(`${name} closing`);
    await Promise.resolve();
    steps.push(`${name} closed`);
  };
  const running = await start(
    options({
      listeners: [listener(handle)],
      onDraining: () => steps.push('not ready'),
      closeInOrder: [close('redis'), close('postgres')],
    }),
  );
  const answered = getOnKeptConnection(running.ports[0]!);
  await entered;
  const stopped = running.stop('SIGTERM');
  steps.push('stop has been called');
  answer();

  expect(await stopped).toBe(true);
  expect(await answered).toEqual({ connection: 'close', body: 'late' });
  expect(steps).toEqual([
    'not ready',
    'stop has been called',
    'answered',
    'redis closing',
    'redis closed',
    'postgres closing',
    'postgres closed',
  ]);
});

test('takes no new connection while it drains', async () => {
  const { handle, entered, answer } = slowService();
  const running = await start(options({ listeners: [listener(handle)] }));
  const port = running.ports[0]!;
  const answered = getOnKeptConnection(port);
  await entered;
  const stopped = running.stop('SIGTERM');
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow('fetch failed');
  answer();
  await Promise.all([answered, stopped]);
});

test('closes connections that are idle', async () => {
  const running = await start(options({ listeners: [listener(answerAtOnce)] }));
  const { connection } = await getOnKeptConnection(running.ports[0]!);
  expect(connection).toBe('keep-alive');
  expect(await running.stop('SIGTERM')).toBe(true);
});

test('closes a connection whose answer had begun before the shutdown', async () => {
  const half = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<void>();
  const handle: RequestListener = (_request, response) => {
    response.write('first ', () => half.resolve());
    void rest.promise.then(() => response.end('last'));
  };
  const running = await start(options({ listeners: [listener(handle)] }));
  const answered = getOnKeptConnection(running.ports[0]!);
  await half.promise;
  const stopped = running.stop('SIGTERM');
  rest.resolve();
  expect(await answered).toMatchObject({ body: 'first last' });
  expect(await stopped).toBe(true);
});

test('answers what comes on a busy connection during the shutdown, and says it closes', async () => {
  const begun = Promise.withResolvers<void>();
  const second = Promise.withResolvers<void>();
  const firstDone = Promise.withResolvers<void>();
  const handle: RequestListener = ({ url }, response) => {
    if (url === '/1') {
      response.once('close', () => firstDone.resolve());
      response.write('one', () => begun.resolve());
      void second.promise.then(() => response.end());
    } else {
      second.resolve();
      void firstDone.promise.then(() => response.end('two'));
    }
  };
  const running = await start(options({ listeners: [listener(handle)] }));
  const socket = connect(running.ports[0]!, '127.0.0.1');
  const answers = text(socket);
  socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
  await begun.promise;
  const stopped = running.stop('SIGTERM');
  socket.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n');

  expect(await stopped).toBe(true);
  const [, one, two] = (await answers).split('HTTP/1.1 200 OK');
  expect(one).toMatch(/Connection: keep-alive[^]*one/);
  expect(two).toMatch(/Connection: close[^]*two/);
});

test('drains the listeners in their order: the admin port answers until the last', async () => {
  const { handle, entered, answer } = slowService();
  const admin = listener((_request, response) => response.end('still here'));
  const running = await start(options({ listeners: [listener(handle), admin] }));
  const [port, adminPort] = running.ports;
  const answered = getOnKeptConnection(port!);
  await entered;
  const stopped = running.stop('SIGTERM');
  expect(await (await fetch(`http://127.0.0.1:${adminPort}`)).text()).toBe('still here');
  answer();
  await answered;
  expect(await stopped).toBe(true);
});

test('says false when the deadline passes first', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const captured = captureLog();
    const running = await start(
      options({
        log: captured.log,
        closeInOrder: [() => new Promise(() => {})],
        deadlineMs: 25_000,
      }),
    );
    const stopped = running.stop('SIGTERM');
    await vi.advanceTimersByTimeAsync(25_000);
    expect(await stopped).toBe(false);
    expect(captured.lines().at(-1)).toMatchObject({ level: 50, deadlineMs: 25_000 });
  } finally {
    vi.useRealTimers();
  }
});

test('goes on when a closer fails, and says so', async () => {
  const captured = captureLog();
  const last = vi.fn<() => Promise<void>>(async () => {});
  const closeInOrder = [() => Promise.reject(new Error('lost already')), last];
  const running = await start(options({ log: captured.log, closeInOrder }));
  expect(await running.stop('SIGTERM')).toBe(true);
  expect(last).toHaveBeenCalledOnce();
  expect(captured.lines()).toContainEqual(
    expect.objectContaining({
      level: 40,
      err: expect.objectContaining({ message: 'lost already' }),
    }),
  );
});

test('stops once, however often it is told to', async () => {
  const close = vi.fn<() => Promise<void>>(async () => {});
  const running = await start(options({ closeInOrder: [close] }));
  const both = [running.stop('SIGTERM'), running.stop('SIGINT')];
  expect(await Promise.all(both)).toEqual([true, true]);
  expect(close).toHaveBeenCalledOnce();
});

test('names the port that is taken and its variable, and frees the ones it had', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const free = createServer().listen(0, '127.0.0.1');
  await once(free, 'listening');
  const { port: freed } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));

  const taken = { ...listener(answerAtOnce, port), variable: 'ADMIN_PORT' };
  const starting = start(options({ listeners: [listener(answerAtOnce, freed), taken] }));
  await expect(starting).rejects.toThrow(
    new ListenError(`ADMIN_PORT: port ${port} is already in use`),
  );
  const again = await start(options({ listeners: [listener(answerAtOnce, freed)] }));
  expect(again.ports).toEqual([freed]);
  await again.stop('done');
  await new Promise((resolve) => other.close(resolve));
});

test('names an address that is not ours', async () => {
  const foreign = { ...listener(() => {}), host: '203.0.113.1' };
  await expect(start(options({ listeners: [foreign] }))).rejects.toThrow(
    'PORT: port 0 cannot be listened on (EADDRNOTAVAIL)',
  );
});
