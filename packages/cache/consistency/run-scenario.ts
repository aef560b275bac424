import { setTimeout as sleep } from 'node:timers/promises';

import type { ScanReport, LoadReport } from '@relay/cache/check';

import { now } from './clock.ts';
import type { Fleet } from './fleet.ts';
import type { Bug, Consistency, PodSettings } from './messages.ts';
import { openServers, type Servers } from './open-servers.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { entityName, FORMS, groupName, WRONG_ENTITY, type Registers } from './registers.ts';
import type { Scenario, ScenarioContext } from './scenario.ts';
import { addRegisters, readVersions } from './schema.ts';

export interface Outcome {
  scenario: string;
  title: string;
  consistency: Consistency;
  seconds: number;
  scan: ScanReport;
  loads: LoadReport;
  /** Acknowledged writes that the database does not have. */
  lostWrites: number;
  /** The rules that this run broke, in words; empty if none. */
  broken: readonly string[];
  findings: readonly string[];
  failures: ReadonlyMap<string, number>;
}

export interface ScenarioOptions {
  scenario: Scenario;
  consistency: Consistency;
  bug: Bug | undefined;
  fleet: Fleet;
  databaseUrl: string;
  folder: string;
  base: number;
  scale: number;
  /** The pods' own, unless the scenario sets another one. */
  operationTimeoutMs: number;
  boundMs: number;
  seed: number;
  random: () => number;
  hasEnough: (report: ScanReport) => boolean;
  onRecorder: (recorder: Recorder) => void;
}

const REGISTERS = { entities: 24, groups: 6 };
const LOAD = { readers: 6, writers: 1, writePauseMs: 12 };
const TTL_SECONDS = 60;
/** Sweeps go on for a little longer than staleness may. */
const SETTLE_MARGIN_MS = 2000;

export async function runScenario(options: ScenarioOptions): Promise<Outcome> {
  const { scenario, consistency, fleet, databaseUrl } = options;
  const { boundMs = options.boundMs } = scenario;
  const startedAt = now();
  const registers: Registers = { ...REGISTERS, ...scenario.registers, base: options.base };
  const ttlMs = 1000 * (scenario.settings?.ttlSeconds ?? TTL_SECONDS);
  const recorder = createRecorder({ boundMs, ttlMs });
  options.onRecorder(recorder);
  await addRegisters(databaseUrl, registers);
  const servers = await openServers(scenario, options.folder, fleet.size);
  try {
    await fleet.configure(
      (index) => settingsFor(index, options, servers, registers),
      (pod, message) => recorder.receive(pod, message),
    );
    await fleet.start({ ...LOAD, ...scenario.load });
    await scenario.run(createScenarioContext(options, { recorder, servers, registers }));
    await settle(fleet, recorder, boundMs);
    const lostWrites = await countLostWrites(databaseUrl, registers, recorder);
    const { acknowledged: _, ...record } = recorder.record();
    const seconds = (now() - startedAt) / 1000;
    const { name, title } = scenario;
    const outcome = { scenario: name, title, consistency, seconds, lostWrites, ...record };
    return { ...outcome, broken: brokenRules(scenario, outcome) };
  } finally {
    await servers.close();
  }
}

function settingsFor(
  index: number,
  { scenario, consistency, bug, databaseUrl, seed, operationTimeoutMs }: ScenarioOptions,
  servers: Servers,
  registers: Registers,
): PodSettings {
  return {
    name: '',
    seed: seed * 1000 + index,
    databaseUrl,
    redis: servers.addressOf(index),
    consistency,
    version: 'current',
    bug,
    registers,
    ttlSeconds: TTL_SECONDS,
    fenceMs: 10_000,
    operationTimeoutMs,
    local: undefined,
    forms: FORMS,
    slowLoads: 0.2,
    countLoads: false,
    ...scenario.settings,
    ...scenario.settingsOf?.(index),
  };
}

interface Parts {
  recorder: Recorder;
  servers: Servers;
  registers: Registers;
}

function createScenarioContext(
  options: ScenarioOptions,
  { recorder, servers, registers }: Parts,
): ScenarioContext {
  const { fleet, databaseUrl, scale, consistency, random, hasEnough } = options;
  return {
    fleet,
    databaseUrl,
    registers,
    random,
    server: servers.server!,
    replica: servers.replica!,
    replicaLink: servers.replicaLink!,
    clusterPorts: servers.clusterPorts,
    links: servers.links,
    rounds: scale,
    rest: (ms) => sleep(ms * scale),
    wait: (ms) => sleep(ms),
    async restUntilEnough() {
      while (!hasEnough(recorder.report())) await sleep(500);
    },
    async fault({ name, reach, isFailover = false }, during) {
      const staleAllowed = consistency === 'available' || isFailover;
      const window = recorder.openWindow({ name, reach, staleAllowed });
      await during();
      window.healedAt = now();
    },
  };
}

/** Stops the load and reads everything until a whole sweep of all pods is up to date, or time is up. */
async function settle(fleet: Fleet, recorder: Recorder, boundMs: number): Promise<void> {
  await fleet.send({ type: 'stop' });
  const deadline = now() + boundMs + SETTLE_MARGIN_MS;
  for (;;) {
    const { behind, staleOutside } = recorder.judgeAll();
    // The last sweep begins after the deadline, however slow the machine is.
    const isLast = now() > deadline;
    await fleet.send({ type: 'sweep' });
    const isClean = recorder.judgeAll().behind === behind;
    // A verdict that has fallen needs no more evidence.
    if (isClean || staleOutside > 0 || isLast) return;
    await sleep(200);
  }
}

async function countLostWrites(
  databaseUrl: string,
  registers: Registers,
  recorder: Recorder,
): Promise<number> {
  const { entities, groups } = await readVersions(databaseUrl, registers);
  const { acknowledged } = recorder.record();
  const isLost = (name: string, version: number) => (acknowledged.get(name) ?? 0) > version;
  return (
    [...entities].filter(([id, version]) => isLost(entityName(id), version)).length +
    [...groups].filter(([id, version]) => isLost(groupName(id), version)).length
  );
}

function brokenRules(scenario: Scenario, outcome: Omit<Outcome, 'broken'>): string[] {
  const { scan, loads, lostWrites, failures } = outcome;
  const hasWrongEntity = [...failures.keys()].some((reason) => reason.includes(WRONG_ENTITY));
  const { maxLoadsPerExpiry } = scenario;
  const rules: [boolean, string][] = [
    [scan.staleOutside > 0, `${scan.staleOutside} stale reads that no fault window allows`],
    [scan.backwardOutside > 0, `${scan.backwardOutside} reads that went back in their session`],
    [scan.beyondBound > 0, `${scan.beyondBound} reads stale for longer than the bound`],
    [lostWrites > 0, `${lostWrites} acknowledged writes lost`],
    [hasWrongEntity, 'a read returned another entity'],
    [scan.reads === 0, 'no reads'],
    [scenario.load?.writers !== 0 && scan.acknowledged === 0, 'no acknowledged writes'],
    [
      maxLoadsPerExpiry !== undefined && !(loads.loadsPerExpiry <= maxLoadsPerExpiry),
      `${loads.loadsPerExpiry.toFixed(2)} loads per expiry`,
    ],
    [maxLoadsPerExpiry !== undefined && loads.loads === 0, 'no expiry was seen'],
  ];
  return rules.filter(([isBroken]) => isBroken).map(([, words]) => words);
}
