import type { Form } from '../registers.ts';
import type { WriteContext } from './source.ts';

/** The cache as the workload uses it, the same for each version. */
export interface PodCache {
  /** The versions that a read of this form saw, by id; `null` for an absent entity. */
  read(form: Exclude<Form, 'many'>, id: number, part: number): Promise<number | null>;
  readMany(ids: readonly number[]): Promise<(number | null)[]>;
  /** Changes an entity and its group. Resolves when the write is acknowledged. */
  write(entity: number, group: number, context: WriteContext): Promise<void>;
  pauseOutbox(isPaused: boolean): void;
  close(): Promise<void>;
}
