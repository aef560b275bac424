import { CONTENDERS } from './contenders/contenders.ts';
import { createOrigin } from './origin.ts';
import { runTask } from './run-task.ts';
import type { ProcessSetup, Reply, Request } from './tasks.ts';

// One contender, alone in this process. Runs the benchmark's tasks one at a time.
const { contender: name, ...setup } = JSON.parse(process.argv[2]!) as ProcessSetup;
const entry = CONTENDERS.find((entry) => entry.name === name)!;
const origin = createOrigin();
const contender = await entry.create({ ...setup, origin });
const state = { contender, origin, ids: new Array<string>(), position: 0, unseen: 0 };

process.on('disconnect', () => process.exit());
process.on('message', (request: Request) => {
  runTask(state, request).then(
    (answer) => reply({ ok: true, answer }),
    (error: unknown) =>
      reply({ ok: false, reason: error instanceof Error ? error.stack! : String(error) }),
  );
});
process.send!('ready');

function reply(message: Reply): void {
  process.send!(message);
}
