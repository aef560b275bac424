import { setTimeout as sleep } from 'node:timers/promises';

import { CacheOutcomeUnknownError, CacheWriteRefusedError } from '@relay/cache';

import { now } from '../clock.ts';
import type { Load, PodSettings } from '../messages.ts';
import { groupOf, TAG_PARTS, type Form } from '../registers.ts';
import type { Acks } from './acks.ts';
import type { PodCache } from './pod-cache.ts';
import type { Reporter } from './reporter.ts';
import type { WriteContext } from './source.ts';

/** The readers and writers of one pod. */
export interface Workload {
  start(load: Load): void;
  /** Resolves when no operation is under way any more. */
  stop(): Promise<void>;
  /** Reads every register in every form. */
  sweep(): Promise<void>;
  write(): Promise<void>;
  /** Reports the writes under way as unknown, for a process that is about to die. */
  abandon(context: WriteContext | undefined): void;
}

interface WorkloadOptions {
  settings: PodSettings;
  cache: PodCache;
  acks: Acks;
  reporter: Reporter;
  random: () => number;
}

/** Reads of one `getMany`. */
const BATCH = 4;
const IDLE_MS = 2;
const SWEEPERS = 8;

export function createWorkload(options: WorkloadOptions): Workload {
  const { settings, cache, acks, reporter, random } = options;
  const { base, entities, groups } = settings.registers;
  const underWay = new Map<WriteContext, { id: string; entity: number; invokedAt: number }>();
  const state = { isRunning: false };
  let loops: Promise<void>[] = [];
  let writes = 0;

  const anyEntity = () => base + Math.floor(random() * entities);
  const groupIdOf = (entity: number) => base + groupOf(entity - base, groups);

  async function read(form: Form, entity: number, session: number): Promise<void> {
    const ids =
      form === 'many' ? batchWith(entity) : [isGroupForm(form) ? groupIdOf(entity) : entity];
    const part = Math.floor(random() * TAG_PARTS);
    const invokedAt = now();
    try {
      const versions =
        form === 'many' ? await cache.readMany(ids) : [await cache.read(form, ids[0]!, part)];
      const completedAt = now();
      for (const [index, id] of ids.entries()) {
        reporter.read({ form, id, version: versions[index]!, session, invokedAt, completedAt });
      }
    } catch (error) {
      // A read that failed saw nothing. Too many loads at a time are refused: pause like a client.
      reporter.send({ type: 'log', text: `read ${form}: ${String(error)}` });
      await sleep(20);
    }
  }

  function batchWith(entity: number): number[] {
    const first = entity - base;
    return Array.from({ length: BATCH }, (_, n) => base + ((first + n) % entities));
  }

  async function readLoop(session: number): Promise<void> {
    const { forms } = settings;
    while (state.isRunning) {
      const hot = acks.pick(random);
      const form = forms[Math.floor(random() * forms.length)]!;
      await read(form, hot ?? anyEntity(), session);
      if (hot === undefined) await sleep(IDLE_MS);
    }
  }

  async function write(): Promise<void> {
    const entity = anyEntity();
    const group = groupIdOf(entity);
    const id = `${settings.name}-${(writes += 1)}`;
    const context = newContext();
    const invokedAt = now();
    underWay.set(context, { id, entity, invokedAt });
    reporter.send({ type: 'begin', id, entity, group, invokedAt });
    try {
      await cache.write(entity, group, context);
      end(context, 'acknowledged');
      acks.announce(entity);
    } catch (error) {
      end(context, outcomeOf(error, context), String(error));
    }
  }

  function end(
    context: WriteContext,
    outcome: 'acknowledged' | 'failed' | 'unknown',
    reason?: string,
  ): void {
    const { id, entity, invokedAt } = underWay.get(context)!;
    underWay.delete(context);
    const { entityVersion, groupVersion, committedAt } = context;
    const group = groupIdOf(entity);
    const versions = { entityVersion, groupVersion };
    const times = { invokedAt, committedAt, completedAt: now() };
    reporter.send({ type: 'end', id, entity, group, outcome, ...versions, ...times, reason });
  }

  async function writeLoop(pauseMs: number): Promise<void> {
    while (state.isRunning) {
      await write();
      await sleep(random() * 2 * pauseMs);
    }
  }

  return {
    start({ readers, writers, writePauseMs }) {
      state.isRunning = true;
      loops = [
        ...Array.from({ length: readers }, (_, session) => readLoop(session)),
        ...Array.from({ length: writers }, () => writeLoop(writePauseMs)),
      ];
    },
    async stop() {
      state.isRunning = false;
      await Promise.all(loops);
    },
    async sweep() {
      let next = base;
      const sweeper = async (session: number) => {
        while (next < base + entities) {
          const id = next;
          next += 1;
          for (const form of settings.forms) await read(form, id, session);
        }
      };
      await Promise.all(Array.from({ length: SWEEPERS }, (_, n) => sweeper(1000 + n)));
    },
    write,
    abandon() {
      for (const context of underWay.keys()) end(context, 'unknown', 'the process dies');
    },
  };
}

function isGroupForm(form: Form): boolean {
  return form === 'list' || form === 'tag';
}

function newContext(): WriteContext {
  return {
    commitSent: false,
    committedAt: undefined,
    entityVersion: undefined,
    groupVersion: undefined,
  };
}

function outcomeOf(error: unknown, context: WriteContext): 'failed' | 'unknown' {
  if (error instanceof CacheWriteRefusedError) return 'failed';
  if (error instanceof CacheOutcomeUnknownError) return 'unknown';
  return context.commitSent ? 'unknown' : 'failed';
}
