import { EventEmitter } from 'node:events';

import type { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { dropWhenSilent } from './silence.ts';

const SILENCE_MS = 1000;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A connection on which `waiting` commands have no answer yet. */
function connect(waiting: number) {
  const stream = { bytesRead: 0, destroy: vi.fn<(error: Error) => void>() };
  const connection = Object.assign(new EventEmitter(), {
    stream,
    commandQueue: { length: waiting },
  });
  dropWhenSilent(connection as unknown as Redis, SILENCE_MS);
  connection.emit('connect');
  return { connection, stream };
}

describe('a connection', () => {
  it('is dropped once commands have waited for the limit, or up to a quarter more', () => {
    const { stream } = connect(1);
    vi.advanceTimersByTime(SILENCE_MS - 1);
    expect(stream.destroy).not.toHaveBeenCalled();
    vi.advanceTimersByTime(SILENCE_MS / 4 + 1);
    expect(stream.destroy).toHaveBeenCalledTimes(1);
    expect(stream.destroy.mock.calls[0]![0].message).toContain('1000 ms');
  });

  it('stays while answers arrive, however many commands wait', () => {
    const { stream } = connect(100);
    for (let n = 0; n < 20; n += 1) {
      vi.advanceTimersByTime(SILENCE_MS * 0.9);
      stream.bytesRead += 1;
    }
    expect(stream.destroy).not.toHaveBeenCalled();
  });

  it('stays while no command waits, and is looked at afresh when one does', () => {
    const { connection, stream } = connect(0);
    vi.advanceTimersByTime(10 * SILENCE_MS);
    connection.commandQueue.length = 1;
    vi.advanceTimersByTime(SILENCE_MS * 0.7);
    expect(stream.destroy).not.toHaveBeenCalled();
    vi.advanceTimersByTime(SILENCE_MS * 0.5);
    expect(stream.destroy).toHaveBeenCalledTimes(1);
  });

  it.each(['close', 'end'])('is looked at no more after its %s', (event) => {
    const { connection, stream } = connect(1);
    connection.emit(event);
    expect(vi.getTimerCount()).toBe(0);
    vi.advanceTimersByTime(10 * SILENCE_MS);
    expect(stream.destroy).not.toHaveBeenCalled();
  });

  it('is looked at by one timer after it was made again', () => {
    const { connection } = connect(1);
    connection.emit('close');
    connection.emit('connect');
    connection.emit('connect');
    expect(vi.getTimerCount()).toBe(1);
  });
});
