import { createConnection } from 'node:net';

/** A Redis reply of the types that starting a server needs: no arrays. */
export type RedisReply = string | number | null;

/**
 * Sends one command over a connection of its own and returns the reply. Not by a client library, which
 * reconnects and retries: this checks whether the server answers now.
 *
 * @throws Error with Redis' words for an error reply, or when there is no answer within `timeoutMs`.
 */
export async function redisCommand(
  port: number,
  args: string[],
  timeoutMs = 1000,
): Promise<RedisReply> {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  const socket = createConnection({ port, host: '127.0.0.1' });
  socket.setTimeout(timeoutMs);
  try {
    return await new Promise<RedisReply>((resolve, reject) => {
      let received = '';
      socket.setEncoding('utf8');
      socket.on('data', (chunk: string) => {
        received += chunk;
        const reply = parseReply(received);
        if (reply instanceof Error) reject(reply);
        else if (reply !== undefined) resolve(reply);
      });
      socket.once('error', reject);
      socket.once('timeout', () => reject(new Error(`no reply within ${timeoutMs} ms`)));
      socket.once('close', () => reject(new Error('connection closed')));
      socket.write(`*${args.length}\r\n${parts.join('')}`);
    });
  } finally {
    socket.destroy();
  }
}

/** Undefined while the reply is incomplete. Text only: a length is compared in UTF-8 bytes. */
export function parseReply(text: string): RedisReply | Error | undefined {
  const end = text.indexOf('\r\n');
  if (end === -1) return undefined;
  const head = text.slice(1, end);
  if (text.startsWith('-')) return new Error(head);
  if (text.startsWith(':')) return Number(head);
  if (!text.startsWith('$')) return head;
  const length = Number(head);
  if (length === -1) return null;
  const body = Buffer.from(text.slice(end + 2));
  return body.length < length + 2 ? undefined : body.subarray(0, length).toString();
}
