import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

import type { ProcessSetup, Reply, TaskName, Tasks } from './tasks.ts';

const PROGRAM = path.join(import.meta.dirname, 'contender-program.ts');
const TASK_TIMEOUT_MS = 60_000;

/** A contender in a process of its own. */
export interface ContenderProcess {
  readonly name: string;
  /** @throws Error with the process' own stack, or after a minute without an answer */
  run<Name extends TaskName>(task: Name, ask: Tasks[Name]['ask']): Promise<Tasks[Name]['answer']>;
  stop(): Promise<void>;
}

export async function startContender(setup: ProcessSetup): Promise<ContenderProcess> {
  const child = fork(PROGRAM, [JSON.stringify(setup)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await nextMessage(child, setup.contender);
  return {
    name: setup.contender,
    async run(task, ask) {
      child.send({ task, ask });
      const reply = (await nextMessage(child, `${setup.contender}, ${task}`)) as Reply;
      if (!reply.ok) throw new Error(`${setup.contender}, ${task}: ${reply.reason}`);
      return reply.answer as Tasks[typeof task]['answer'];
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function nextMessage(child: ChildProcess, what: string): Promise<unknown> {
  const settled = new AbortController();
  const { signal } = settled;
  const timer = setTimeout(() => settled.abort(), TASK_TIMEOUT_MS);
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([message]: unknown[]) => message),
      once(child, 'exit', { signal }).then(() => {
        throw new Error(`${what}: its process ended`);
      }),
    ]);
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Error(`${what}: no answer within ${TASK_TIMEOUT_MS} ms`, { cause: error });
  } finally {
    clearTimeout(timer);
    settled.abort();
  }
}
