import { CacheUsageError } from '../errors.ts';
import type { Codec } from './codec.ts';

/**
 * Encodes as JSON. Refuses `bigint`, `Map` and `Set` at any depth, and `undefined` and typed arrays as the
 * whole value, rather than cache something else. JSON's own rules hold for the rest: a `Date`
 * becomes text, `NaN` null, a typed array inside of the value an object of its indices, and a property
 * that is undefined or a function is left out.
 *
 * @throws CacheUsageError
 */
export function encodeJson(value: unknown): string {
  if (ArrayBuffer.isView(value) && !Buffer.isBuffer(value)) throw inexpressible('a typed array');
  let text: string | undefined;
  try {
    text = JSON.stringify(value) as string | undefined;
  } catch (cause) {
    throw new CacheUsageError('a loader returned a value that JSON cannot express', { cause });
  }
  if (text === undefined) {
    throw new CacheUsageError('a loader returned undefined: use null for an absent entity');
  }
  // A replacer would see every value and cost several times the encoding. Maps and Sets become {}.
  if (text.includes('{}')) assertNoCollections(value);
  return text;
}

/** JSON: a `Date` comes back as a string, cached or not. */
export const jsonCodec: Codec<unknown> = {
  name: 'json',
  encode: encodeJson,
  decode: (bytes) => JSON.parse(bytes.toString()) as unknown,
};

/** The value has been through `JSON.stringify`, so it contains no cycle. */
function assertNoCollections(value: unknown): void {
  if (value instanceof Map || value instanceof Set) throw inexpressible('a Map or a Set');
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return;
  for (const part of Object.values(value)) assertNoCollections(part);
}

function inexpressible(what: string): CacheUsageError {
  return new CacheUsageError(`a loader returned ${what}: JSON cannot express it; use a codec`);
}
