/**
 * The registers that the pods write and read. A register has one sequence of versions: an entity, or a
 * group of entities. Every write changes one entity and its group, in one transaction.
 */
export interface Registers {
  /** Ids of this run's rows begin here, so that scenarios never share an entry. */
  base: number;
  entities: number;
  groups: number;
}

/** How a register is read. `many`: through `getMany`; `list` and `tag` show a group. */
export const FORMS = ['entity', 'many', 'list', 'tag'] as const;
export type Form = (typeof FORMS)[number];

/** Entries of one tag. */
export const TAG_PARTS = 3;

/** Every fifth version of an entity is a deletion; the next one makes it again. */
export function isAbsent(version: number): boolean {
  return version % 5 === 4;
}

export function groupOf(entity: number, groups: number): number {
  return entity % groups;
}

export function entityName(id: number): string {
  return `entity ${id}`;
}

export function groupName(id: number): string {
  return `group ${id}`;
}

/** In the message of a read that returned the value of another entity: worse than any stale one. */
export const WRONG_ENTITY = 'the cache returned another entity';

/** @throws Error with `WRONG_ENTITY` */
export function versionOf(
  id: number,
  value: { id: number; version: number } | null,
): number | null {
  if (value === null) return null;
  if (value.id !== id) throw new Error(`${WRONG_ENTITY}: ${value.id} for ${id}`);
  return value.version;
}
