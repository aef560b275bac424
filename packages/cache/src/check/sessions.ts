import type { Step } from './floors.ts';
import type { ReadOperation } from './history.ts';

/** The newest version of each entity that each session has seen. */
export interface Sessions {
  lastSeen(read: ReadOperation): Step | undefined;
  saw(read: ReadOperation, version: number): void;
}

export function createSessions(): Sessions {
  const sessions = new Map<string, Map<string, Step>>();

  return {
    lastSeen: ({ session, entity }) => sessions.get(session)?.get(entity),
    saw({ session, entity, completedAt }, version) {
      let entities = sessions.get(session);
      if (!entities) sessions.set(session, (entities = new Map<string, Step>()));
      const seen = entities.get(entity);
      if (!seen || version > seen.version) entities.set(entity, { time: completedAt, version });
    },
  };
}
