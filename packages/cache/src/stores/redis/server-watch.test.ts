import { EventEmitter } from 'node:events';

import { describe, expect, it, vi } from 'vitest';

import type { ServerLike } from './redis-like.ts';
import { watchServer } from './server-watch.ts';

const RUN = 'a'.repeat(40);
const REPLICATION = 'b'.repeat(40);

function setUp() {
  let time = 1000;
  const state = { role: 'master' };
  const server = Object.assign(new EventEmitter(), {
    status: 'ready',
    info: vi.fn<(section: string) => Promise<string>>(async (section) =>
      section === 'server'
        ? `# Server\r\nrun_id:${RUN}\r\nserver_time_usec:61000000\r\n`
        : `role:${state.role}\r\nmaster_replid:${REPLICATION}\r\n`,
    ),
  });
  const heartbeat = vi.fn<() => Promise<unknown>>(async () => 'OK');
  const onGeneration = vi.fn<(generation: string) => void>();
  const watch = watchServer({
    server: server as unknown as ServerLike,
    heartbeat,
    silenceMs: 5000,
    now: () => time,
    onGeneration,
  });
  return { server, heartbeat, state, watch, onGeneration, pass: (ms: number) => (time += ms) };
}

describe('the generation of a server', () => {
  it('is unknown until the first answer, and is that of its run and its replication', async () => {
    const { watch, onGeneration } = setUp();
    expect(watch.live).toBeUndefined();
    await watch.check();
    expect(watch.live).toBe('E:aaaaaaaa-bbbbbbbb:');
    expect(onGeneration).toHaveBeenCalledWith('E:aaaaaaaa-bbbbbbbb:');
    expect(watch.clockAheadMs).toBe(60_000);
  });

  it('goes at once with the connection, also while an answer is under way', async () => {
    const { server, watch } = setUp();
    await watch.check();
    const asked = watch.check();
    server.emit('close');
    expect(watch.live).toBeUndefined();
    await asked;
    expect(watch.live).toBeUndefined();
  });

  it('is requested as soon as a connection is ready', async () => {
    const { server, watch } = setUp();
    server.emit('ready');
    expect(server.info).toHaveBeenCalledTimes(2);
    await vi.waitFor(() => expect(watch.live).toBeDefined());
  });

  it('is void on a replica', async () => {
    const { state, watch } = setUp();
    await watch.check();
    state.role = 'slave';
    await expect(watch.check()).rejects.toThrow('no master');
    expect(watch.live).toBeUndefined();
  });

  it.each([
    'NOREPLICAS Not enough good replicas',
    'READONLY You are a replica',
    'CLUSTERDOWN The cluster is down',
  ])('is void while the heartbeat is refused: %s', async (refusal) => {
    const { heartbeat, watch } = setUp();
    await watch.check();
    heartbeat.mockRejectedValueOnce(new Error(refusal));
    await expect(watch.check()).rejects.toThrow(refusal);
    expect(watch.live).toBeUndefined();
    await watch.check();
    expect(watch.live).toBeDefined();
  });

  it('stays when the heartbeat fails for another reason, or INFO does', async () => {
    const { server, heartbeat, watch } = setUp();
    await watch.check();
    heartbeat.mockRejectedValueOnce(new Error('OOM'));
    await watch.check();
    server.info.mockRejectedValueOnce(new Error('NOPERM'));
    await expect(watch.check()).rejects.toThrow('NOPERM');
    expect(watch.live).toBeDefined();
  });

  it('is not requested again before an answer, except after a time without one', async () => {
    const { server, watch, pass } = setUp();
    server.info.mockReturnValue(new Promise(() => {}));
    watch.beat();
    watch.beat();
    expect(server.info).toHaveBeenCalledTimes(2);
    pass(5000);
    watch.beat();
    expect(server.info).toHaveBeenCalledTimes(4);
  });

  it('is not watched any more once stopped', async () => {
    const { server, watch } = setUp();
    await watch.check();
    watch.stop();
    expect(watch.live).toBeUndefined();
    expect(server.listenerCount('ready')).toBe(0);
  });
});
