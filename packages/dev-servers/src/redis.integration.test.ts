import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { readdir, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { connect } from 'node:tls';

import { describe, expect, inject, it, vi } from 'vitest';

import { findProgram } from './environment.ts';
import { DevServerError } from './errors.ts';
import { commandOf } from './processes.ts';
import { startRedisCluster } from './redis-cluster.ts';
import { findRedis } from './redis-process.ts';
import { startRedis, type RedisOptions } from './redis.ts';
import { redisCommand } from './resp.ts';
import { occupyPort, startOwner } from './test-owner.ts';
import { startTestRedis } from './test-support.ts';
import { makeCertificate, supportsTls } from './tls.ts';

const binary = inject('redisServer') ?? '';
const openssl = await findProgram('openssl');
const hasTls = openssl !== undefined && binary !== '' && (await supportsTls(binary));

function newFolder(): string {
  return path.join(mkdtempSync(path.join(inject('testFolder'), 'own redis-')), 'data');
}

async function failure(options: Partial<RedisOptions>): Promise<string> {
  const error: unknown = await startTestRedis(options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DevServerError);
  return String(error);
}

describe.skipIf(binary === '')('startRedis', () => {
  it('answers at once when started, and no more when stopped', async () => {
    const redis = await startTestRedis();
    expect(await redisCommand(redis.port, ['SET', 'word', 'grüße'])).toBe('OK');
    expect(await redisCommand(redis.port, ['GET', 'word'])).toBe('grüße');
    expect(await redisCommand(redis.port, ['GET', 'nothing'])).toBeNull();
    await redis.stop();
    await redis.stop();
    await expect(redisCommand(redis.port, ['PING'])).rejects.toThrow('ECONNREFUSED');
  });

  it('keeps data over a restart with appendonly, and none without', async () => {
    for (const appendonly of [true, false]) {
      const dir = newFolder();
      const first = await startTestRedis({ dir, appendonly });
      await redisCommand(first.port, ['SET', 'word', 'kept']);
      await first.stop();
      const second = await startTestRedis({ dir, appendonly });
      expect(await redisCommand(second.port, ['GET', 'word'])).toBe(appendonly ? 'kept' : null);
      await second.stop();
    }
  });

  it('starts empty without appendonly, even with data of an earlier start', async () => {
    const dir = newFolder();
    const first = await startTestRedis({ dir, appendonly: true });
    await redisCommand(first.port, ['SET', 'word', 'kept']);
    await redisCommand(first.port, ['SAVE']);
    await first.stop();
    for (const appendonly of [false, true]) {
      const later = await startTestRedis({ dir, appendonly });
      expect(await redisCommand(later.port, ['GET', 'word'])).toBeNull();
      await later.stop();
    }
  });

  it('falls silent while paused, and answers again when resumed', async () => {
    const redis = await startTestRedis();
    redis.pause();
    await expect(redisCommand(redis.port, ['PING'], 50)).rejects.toThrow('no reply within 50 ms');
    redis.resume();
    expect(await redisCommand(redis.port, ['PING'])).toBe('PONG');
  });

  it('can be stopped and killed while paused', async () => {
    const [first, second] = await Promise.all([startTestRedis(), startTestRedis()]);
    first.pause();
    second.pause();
    await Promise.all([first.stop(), second.kill()]);
    for (const { port } of [first, second]) {
      await expect(redisCommand(port, ['PING'])).rejects.toThrow('ECONNREFUSED');
    }
  });

  it('can be killed and started again on the same port and folder', async () => {
    const dir = newFolder();
    const first = await startTestRedis({ dir, appendonly: true });
    await first.kill();
    const second = await startTestRedis({ dir, appendonly: true, port: first.port });
    expect(second.url).toBe(first.url);
    expect(await redisCommand(second.port, ['PING'])).toBe('PONG');
  });

  it('passes extra arguments on', async () => {
    const { port } = await startTestRedis({ extraArgs: ['--requirepass', 'secret'] });
    await expect(redisCommand(port, ['PING'])).rejects.toThrow('NOAUTH');
  });

  it('names the port when it is taken', async () => {
    await using taken = await occupyPort();
    expect(await failure({ port: taken.port })).toContain(`port ${taken.port} is taken`);
  });

  it('refuses a folder that a live Redis of ours uses', async () => {
    const dir = newFolder();
    await startTestRedis({ dir });
    expect(await failure({ dir })).toContain(`already runs on ${dir}`);
  });

  it('ends the Redis that a killed process left, keeps its data and reports it', async () => {
    const dir = newFolder();
    const argument = { binary, dir, appendonly: true };
    const owner = await startOwner({ module: 'redis.ts', call: 'startRedis', argument });
    await redisCommand(owner.reported.port, ['SET', 'word', 'kept']);
    await owner.kill();
    const log = vi.fn<(message: string) => void>();

    const { port } = await startTestRedis({
      dir,
      appendonly: true,
      log,
      port: owner.reported.port,
    });
    expect(log.mock.calls.join('\n')).toContain(`process ${owner.reported.pid}`);
    expect(await commandOf(owner.reported.pid)).toBeUndefined();
    expect(await redisCommand(port, ['GET', 'word'])).toBe('kept');
  });

  it('takes the preferred port again that the Redis of a killed process still holds', async () => {
    const dir = newFolder();
    const argument = { binary, dir };
    const owner = await startOwner({ module: 'redis.ts', call: 'startRedis', argument });
    await owner.kill();
    const preferredPort = owner.reported.port;
    expect((await startTestRedis({ dir, preferredPort })).port).toBe(preferredPort);
  });

  it('takes another port when the preferred one is taken, and leaves its holder alone', async () => {
    const foreign = await startTestRedis();
    const { port } = await startTestRedis({ preferredPort: foreign.port });
    expect(port).not.toBe(foreign.port);
    expect(await redisCommand(foreign.port, ['PING'])).toBe('PONG');
  });

  it('spares a foreign Redis that got the pid and the port of a former one', async () => {
    const dir = newFolder();
    await (await startTestRedis({ dir })).stop();
    const foreign = await startTestRedis();
    const { pid, port } = foreign;
    const note = { pid, port, startedAt: 'before the restart of the machine' };
    await writeFile(path.join(dir, 'redis.pid'), JSON.stringify(note));
    const own = await startTestRedis({ dir });
    expect(await redisCommand(own.port, ['PING'])).toBe('PONG');
    expect(await redisCommand(foreign.port, ['PING'])).toBe('PONG');
  });

  it('reports its own end, and is found on its folder until then', async () => {
    const dir = newFolder();
    const redis = await startTestRedis({ dir });
    expect(await findRedis(dir)).toMatchObject({ pid: redis.pid, port: redis.port });
    process.kill(redis.pid, 'SIGKILL');
    await redis.whenEnded();
    expect(await findRedis(dir)).toBeUndefined();
    const again = await startTestRedis({ dir, port: redis.port });
    expect(await findRedis(dir)).toMatchObject({ pid: again.pid });
  });

  it('reports the message of a Redis that cannot start', async () => {
    const dir = newFolder();
    const message = await failure({ dir, extraArgs: ['--no-such-option', '1'] });
    expect(message).toContain(`cannot start on ${dir}`);
    expect(message).toContain('no-such-option');
  });

  it('names the remedy for an append-only file that cannot be read', async () => {
    const dir = newFolder();
    const first = await startTestRedis({ dir, appendonly: true });
    await redisCommand(first.port, ['SET', 'word', 'kept']);
    await first.stop();
    const aofDir = path.join(dir, 'appendonlydir');
    for (const file of await readdir(aofDir)) {
      await writeFile(path.join(aofDir, file), 'not written by Redis\n');
    }
    const message = await failure({ dir, appendonly: true });
    expect(message).toContain('Delete the folder to start afresh');
  });

  it('starts on an append-only file that was cut in mid-command', async () => {
    const dir = newFolder();
    const first = await startTestRedis({ dir, appendonly: true });
    await redisCommand(first.port, ['SET', 'word', 'kept']);
    await redisCommand(first.port, ['SET', 'last', 'lost']);
    await first.stop();
    const aofDir = path.join(dir, 'appendonlydir');
    const file = (await readdir(aofDir)).find((name) => name.endsWith('.incr.aof')) ?? '';
    const { size } = await stat(path.join(aofDir, file));
    await truncate(path.join(aofDir, file), size - 3);
    const second = await startTestRedis({ dir, appendonly: true });
    expect(await redisCommand(second.port, ['GET', 'word'])).toBe('kept');
    expect(await redisCommand(second.port, ['GET', 'last'])).toBeNull();
  });

  it('reports a missing program', async () => {
    await expect(startRedis({ binary: '/no/redis-server', dir: newFolder() })).rejects.toThrow(
      'no such program /no/redis-server',
    );
  });
});

describe.skipIf(binary === '')('startRedisCluster', () => {
  it('serves every slot with three masters, and starts empty on the same folder again', async () => {
    const dir = newFolder();
    for (const round of [1, 2]) {
      const cluster = await startRedisCluster({ binary, dir, masters: 3 });
      try {
        expect(cluster.urls, `round ${round}`).toHaveLength(3);
        for (const { port } of cluster.nodes) {
          const info = String(await redisCommand(port, ['CLUSTER', 'INFO']));
          expect(info).toContain('cluster_state:ok');
          expect(info).toContain('cluster_size:3');
        }
        const [first, , last] = cluster.nodes;
        // The slots of a and b: 15495 and 3300.
        expect(await redisCommand(last?.port ?? 0, ['SET', 'a', '1'])).toBe('OK');
        expect(await redisCommand(first?.port ?? 0, ['SET', 'b', '1'])).toBe('OK');
        await expect(redisCommand(first?.port ?? 0, ['GET', 'a'])).rejects.toThrow('MOVED 15495');
      } finally {
        await cluster.stop();
      }
    }
  });

  it('gives each master a replica, which takes over when its master is killed', async () => {
    const options = { binary, dir: newFolder(), masters: 3, nodeTimeoutMs: 1000 };
    const cluster = await startRedisCluster({ ...options, hasReplicas: true });
    try {
      const [replica] = cluster.replicas;
      await cluster.nodes[0]?.kill();
      await vi.waitFor(
        async () => {
          const info = String(await redisCommand(replica?.port ?? 0, ['CLUSTER', 'INFO']));
          expect(info).toContain('cluster_state:ok');
          expect(await redisCommand(replica?.port ?? 0, ['SET', 'b', '1'])).toBe('OK');
        },
        { timeout: 20_000, interval: 50 },
      );
    } finally {
      await cluster.stop();
    }
  });
});

describe.skipIf(!hasTls)('with a certificate, Redis', () => {
  it('serves TLS to clients that trust its CA', async () => {
    const names = ['DNS:localhost', 'IP:127.0.0.1'];
    const { files, ca } = await makeCertificate({ openssl: openssl!, dir: newFolder(), names });
    const { tlsPort } = await startTestRedis({ tls: files });
    const socket = connect({ host: 'localhost', port: tlsPort!, ca });
    await once(socket, 'secureConnect');
    socket.write('PING\r\n');
    const [reply] = await once(socket, 'data');
    expect(String(reply)).toBe('+PONG\r\n');
    socket.destroy();
    const stranger = connect({ host: 'localhost', port: tlsPort! });
    await expect(once(stranger, 'secureConnect')).rejects.toThrow('self-signed');
  });

  it('cannot start when the certificate is missing', async () => {
    const file = path.join(newFolder(), 'no.pem');
    const tls = { certFile: file, keyFile: file, caFile: file };
    expect(await failure({ tls })).toContain('Failed to load certificate');
  });
});
