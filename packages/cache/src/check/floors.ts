/**
 * The highest version at each time, as steps: times and versions both ascend. Additions may arrive
 * out of order.
 */
export interface Floors {
  add(time: number, version: number): void;
  /** The step in force just before `time`; `undefined` before the first. */
  before(time: number): Step | undefined;
  /** The earliest step with a higher version; `undefined` if there is none. */
  firstAbove(version: number): Step | undefined;
}

export interface Step {
  time: number;
  version: number;
}

/** @param maxSteps older steps are dropped beyond it; `firstAbove` then returns a later one */
export function createFloors(maxSteps = 1024): Floors {
  const steps: Step[] = [];

  return {
    add(time, version) {
      const position = firstIndex(steps, (step) => step.time > time);
      const earlier = steps[position - 1];
      if (earlier && earlier.version >= version) return;
      const kept = firstIndex(steps, (step) => step.version > version);
      // Steps that are later and no higher add nothing; one at the same time is lower.
      const from = earlier?.time === time ? position - 1 : position;
      steps.splice(from, Math.max(kept, from) - from, { time, version });
      if (steps.length > maxSteps) steps.splice(0, steps.length - maxSteps);
    },
    before: (time) => steps[firstIndex(steps, (step) => step.time >= time) - 1],
    firstAbove: (version) => steps[firstIndex(steps, (step) => step.version > version)],
  };
}

/** The first index at which a predicate holds that, once true, stays true. */
function firstIndex(steps: readonly Step[], holds: (step: Step) => boolean): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(steps[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
