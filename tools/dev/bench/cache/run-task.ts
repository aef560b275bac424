import { setTimeout as wait } from 'node:timers/promises';

import type { Contender } from './contenders/contender.ts';
import { measureAllocations, measureLoop } from './measure.ts';
import { recordOf, type Origin } from './origin.ts';
import { measureOutage, within } from './outage-reads.ts';
import type { Request, TaskName, Tasks } from './tasks.ts';

export interface ContenderState {
  contender: Contender;
  origin: Origin;
  /** The records that are stored. */
  ids: string[];
  /** The index of the next one to read. */
  position: number;
  /** The number of the next record that was never read. */
  unseen: number;
}

type Runners = {
  [Name in TaskName]: (
    state: ContenderState,
    ask: Tasks[Name]['ask'],
  ) => Promise<Tasks[Name]['answer']>;
};

export function runTask(state: ContenderState, { task, ask }: Request): Promise<unknown> {
  return (RUNNERS[task] as (state: ContenderState, ask: unknown) => Promise<unknown>)(state, ask);
}

const RUNNERS: Runners = {
  async fill(state, { sizeBytes, keys }) {
    const { contender, origin } = state;
    origin.sizeBytes = sizeBytes;
    origin.delayMs = 0;
    state.ids = Array.from({ length: keys }, (_, n) => `${sizeBytes}-${n}`);
    const before = origin.calls;
    // On a busy machine a read may run into a deadline and store nothing: repeat the pass.
    for (let pass = 1, calls = -1; origin.calls > calls; pass += 1) {
      if (pass > MAX_FILL_PASSES) throw new Error('stored records are loaded again in every pass');
      calls = origin.calls;
      for (let from = 0; from < keys; from += FILL_BATCH) {
        await Promise.all(state.ids.slice(from, from + FILL_BATCH).map((id) => contender.read(id)));
      }
    }
    for (const id of [state.ids[0]!, state.ids.at(-1)!]) {
      const record = recordOf(await contender.read(id));
      if (record.id !== id) throw new Error(`read ${id}, and got ${JSON.stringify(record.id)}`);
    }
    return { loads: origin.calls - before };
  },

  async hits(state, { hot, ...loop }) {
    const { contender, origin } = state;
    const before = origin.calls;
    const first = state.ids[0]!;
    const operate = hot ? () => contender.read(first) : () => contender.read(nextId(state));
    const round = await measureLoop({ ...loop, operate });
    return { ...round, loads: origin.calls - before };
  },

  misses(state, loop) {
    return measureLoop({ ...loop, operate: () => state.contender.read(unseenId(state)) });
  },

  many(state, { ms, count }) {
    const { contender } = state;
    const readMany =
      contender.readMany?.bind(contender) ??
      ((ids: string[]) => Promise.all(ids.map((id) => contender.read(id))));
    const operate = () => readMany(Array.from({ length: count }, () => nextId(state)));
    return measureLoop({ concurrency: 1, ms, operate });
  },

  async allocations(state, { operations, concurrency }) {
    const operate = () => state.contender.read(nextId(state));
    await measureAllocations(operations, concurrency, operate);
    return { bytesPerOperation: await measureAllocations(operations, concurrency, operate) };
  },

  async herd({ contender, origin }, { id, readers, loadMs, startAt }) {
    origin.delayMs = loadMs;
    const before = origin.calls;
    const latenciesMs: number[] = [];
    let failures = 0;
    await wait(Math.max(0, startAt - Date.now()));
    const read = async () => {
      const from = performance.now();
      await contender.read(id).catch(() => (failures += 1));
      latenciesMs.push(performance.now() - from);
    };
    await Promise.all(Array.from({ length: readers }, read));
    origin.delayMs = 0;
    return { loads: origin.calls - before, latenciesMs, failures };
  },

  async tag({ contender, origin, ids }, { sample }) {
    // Some libraries compare whole milliseconds: entries stored in the same one would survive.
    await wait(20);
    const from = performance.now();
    await contender.invalidateTag!();
    const invalidatedMs = performance.now() - from;
    const before = origin.calls;
    for (const id of ids.slice(0, sample)) await contender.read(id);
    return { invalidatedMs, sampled: sample, stale: sample - (origin.calls - before) };
  },

  async races(state, { trials, loadMs }) {
    const { contender, origin } = state;
    let stale = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const id = unseenId(state);
      origin.delayMs = loadMs;
      const slow = contender.read(id);
      await wait(loadMs / 3);
      origin.version += 1;
      await contender.invalidate(id);
      await slow;
      // Time for a store that the slow read did not await.
      await wait(5);
      origin.delayMs = 0;
      if (recordOf(await contender.read(id)).version < origin.version) stale += 1;
    }
    return { stale };
  },

  async outage(state, { invalidate, ...reads }) {
    if (invalidate) {
      state.origin.version += 1;
      for (const id of state.ids) void state.contender.invalidate(id).catch(() => {});
    }
    return measureOutage(() => state.contender.read(nextId(state)), reads);
  },

  async staleness({ contender, origin, ids }, { giveUpMs }) {
    const reads = ids.map((id) => within(giveUpMs, contender.read(id)));
    const results = await Promise.all(reads);
    const answers = results.flatMap((result) => (result.state === 'answered' ? [result] : []));
    return {
      unanswered: results.length - answers.length,
      stale: answers.filter(({ answer }) => recordOf(answer).version < origin.version).length,
    };
  },
};

const FILL_BATCH = 20;
const MAX_FILL_PASSES = 20;

function nextId(state: ContenderState): string {
  const id = state.ids[state.position % state.ids.length]!;
  state.position += 1;
  return id;
}

function unseenId(state: ContenderState): string {
  state.unseen += 1;
  return `unseen-${process.pid}-${state.unseen}`;
}
