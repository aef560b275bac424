import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import type { FromPod, ToPod } from './messages.ts';

/** A pod as its coordinator sees it. */
export interface PodProcess {
  readonly ackPort: number;
  /** Resolves when the pod has done it; never, if it dies before. Rejects if the pod could not. */
  call(message: ToPodCall): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Resolves when the process has ended, for any reason. */
  readonly ended: Promise<void>;
  hasEnded(): boolean;
  end(): Promise<void>;
}

type Distribute<T> = T extends unknown ? Omit<T, 'call'> : never;
export type ToPodCall = Distribute<ToPod>;

const PROGRAM = fileURLToPath(new URL('pod/main.ts', import.meta.url));

export async function startPod(onMessage: (message: FromPod) => void): Promise<PodProcess> {
  const child: ChildProcess = fork(PROGRAM, [], { serialization: 'advanced', execArgv: [] });
  const waiting = new Map<number, PromiseWithResolvers<void>>();
  let calls = 0;
  let isOver = false;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      isOver = true;
      resolve();
    });
  });
  function settle({ call, error }: { call: number; error?: string }): void {
    if (error === undefined) waiting.get(call)?.resolve();
    else waiting.get(call)?.reject(new Error(error));
    waiting.delete(call);
  }

  // A message to a pod that has just died.
  child.on('error', () => {});

  const ackPort = await new Promise<number>((resolve, reject) => {
    void ended.then(() => reject(new Error('a pod ended before it was ready')));
    child.on('message', (message: FromPod) => {
      if (message.type === 'ready') resolve(message.ackPort);
      else if (message.type === 'done') settle(message);
      else onMessage(message);
    });
  });

  return {
    ackPort,
    ended,
    hasEnded: () => isOver,
    async call(message) {
      const call = (calls += 1);
      const done = Promise.withResolvers<void>();
      waiting.set(call, done);
      if (child.connected) child.send({ ...message, call });
      await done.promise;
    },
    signal: (name) => void child.kill(name),
    async end() {
      // A stopped process takes nothing but this.
      child.kill('SIGKILL');
      await ended;
    },
  };
}
