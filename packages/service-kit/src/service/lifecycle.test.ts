import { once } from 'node:events';
import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { buffer, text } from 'node:stream/consumers';

import { afterEach, expect, test, vi } from 'vitest';

import { captureLog } from '../testing/log.ts';
import { ListenError, start, type Listener } from './lifecycle.ts';

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

/** A listener with delayed responses, and the order of events. */
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

test('accepts no connection while it drains', async () => {
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

test('closes idle connections', async () => {
  const running = await start(options({ listeners: [listener(answerAtOnce)] }));
  const { connection } = await getOnKeptConnection(running.ports[0]!);
  expect(connection).toBe('keep-alive');
  expect(await running.stop('SIGTERM')).toBe(true);
});

test('closes a connection after a response that began before the shutdown', async () => {
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

test('answers requests on a busy connection during the shutdown with Connection: close', async () => {
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

test('drains the listeners in order: the admin port last', async () => {
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

/** A connection that the server has accepted, and on which this was sent. */
async function connectionThatSent(port: number, sent: string) {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  socket.write(sent);
  // Connections are accepted in order, so the earlier one has been accepted by now.
  await fetch(`http://127.0.0.1:${port}`, { headers: { Connection: 'close' } });
  return socket;
}

test.each([
  ['says nothing', ''],
  ['sent half a request', 'GET / HTTP/1.1\r\nHost: a\r\n'],
  ['waits for no answer any more', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
])('is not delayed by a connection that %s', async (_name, sent) => {
  const running = await start(options({ listeners: [listener(answerAtOnce)] }));
  const socket = await connectionThatSent(running.ports[0]!, sent);
  const closed = once(socket.resume(), 'close');
  expect(await running.stop('SIGTERM')).toBe(true);
  await closed;
});

test('sends the whole response to a slow client', async () => {
  const ended = Promise.withResolvers<void>();
  const size = 32 * 1024 * 1024;
  const handle: RequestListener = (_request, response) => {
    response.end(Buffer.alloc(size));
    ended.resolve();
  };
  const running = await start(options({ listeners: [listener(handle)] }));
  const sent = request({ host: '127.0.0.1', port: running.ports[0]! }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  await ended.promise;
  const stopped = running.stop('SIGTERM');
  expect((await buffer(response)).length).toBe(size);
  expect(await stopped).toBe(true);
});

/** Fakes the clock. */
async function withStoppedClock(work: () => Promise<void>) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  await work().finally(() => vi.useRealTimers());
}

test('closes the connection of a hanging request, then the dependencies, and resolves with false', () =>
  withStoppedClock(async () => {
    const captured = captureLog();
    const close = vi.fn<() => Promise<void>>(async () => {});
    const { handle, entered } = slowService();
    const running = await start(
      options({
        log: captured.log,
        listeners: [listener(handle), listener(answerAtOnce)],
        closeInOrder: [close],
        deadlineMs: 25_000,
      }),
    );
    const answered = getOnKeptConnection(running.ports[0]!).catch((error: Error) => error.message);
    await entered;
    const stopped = running.stop('SIGTERM');
    await vi.advanceTimersByTimeAsync(19_999);
    expect(close).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(await stopped).toBe(false);
    expect(close).toHaveBeenCalledOnce();
    expect(await answered).toBe('socket hang up');
    await expect(fetch(`http://127.0.0.1:${running.ports[1]}`)).rejects.toThrow('fetch failed');
    expect(captured.lines().at(-1)).toMatchObject({ level: 50, deadlineMs: 25_000 });
  }));

test('resolves with false when the deadline passes during closing', () =>
  withStoppedClock(async () => {
    const captured = captureLog();
    const settled = vi.fn<(complete: boolean) => void>();
    const closeInOrder = [() => new Promise(() => {})];
    const running = await start(options({ log: captured.log, closeInOrder, deadlineMs: 25_000 }));
    void running.stop('SIGTERM').then(settled);
    await vi.advanceTimersByTimeAsync(24_499);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalledWith(false);
    expect(captured.lines().at(-1)).toMatchObject({ level: 50, deadlineMs: 25_000 });
  }));

test('continues after a failed closer, and logs it', async () => {
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

test('stops once, however often it is called', async () => {
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

test('names an address of another machine', async () => {
  const foreign = { ...listener(() => {}), host: '203.0.113.1' };
  await expect(start(options({ listeners: [foreign] }))).rejects.toThrow(
    'HOST: 203.0.113.1 is not an address of this machine (EADDRNOTAVAIL)',
  );
});
