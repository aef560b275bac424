import { defineKeys, key } from '@relay/cache';

import type { PodSettings } from '../messages.ts';
import { TAG_PARTS } from '../registers.ts';
import type { Source } from './source.ts';

/** The cached keys, declared as in a service. Without jitter, so that expiries can be counted. */
export function declareKeys(source: Source, { ttlSeconds, local }: PodSettings) {
  const common = { ttlSeconds, jitter: 0 };
  return defineKeys({
    entity: key('entity:{id}', {
      ...common,
      ...(local && { localTtlSeconds: local.ttlSeconds }),
      load: ({ id }) => source.entity(Number(id)),
      loadMany: (all) => source.entities(all.map(({ id }) => Number(id))),
    }),
    list: key('list:{group}', { ...common, load: ({ group }) => source.group(Number(group)) }),
    tagged: key('tagged:{group}:{part}', {
      ...common,
      tags: ({ group }) => [tagOf(Number(group))],
      load: ({ group }) => source.group(Number(group)),
    }),
  });
}

export function tagOf(group: number): string {
  return `group-${group}`;
}

export function partOf(part: number): number {
  return part % TAG_PARTS;
}
