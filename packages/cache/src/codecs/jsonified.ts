/** The type of a value after `JSON.parse(JSON.stringify(value))`: a `Date` is a string, an absent property stays absent. */
export type Jsonified<T> =
  IsAny<T> extends true
    ? T
    : T extends { toJSON(): infer R }
      ? Jsonified<R>
      : T extends string | number | boolean | null
        ? T
        : T extends Lost
          ? never
          : T extends readonly unknown[]
            ? { [I in keyof T]: JsonifiedElement<T[I]> }
            : T extends object
              ? Flat<
                  { [K in KeptKeys<T>]: Jsonified<T[K]> } & {
                    [K in OptionalKeys<T>]?: Jsonified<T[K]>;
                  }
                >
              : T;

/**
 * Added to the type of a request, it makes the request fail to compile if its loader returns a value
 * that JSON cannot express: the compiler then compares `load` with a text that names the reason.
 */
export type JsonOnly<Value> = [Unfit<Value>] extends [never]
  ? unknown
  : { load: `not cached: ${Unfit<Value>}` };

/** Why a type does not survive JSON, as text; `never` if it does. */
type Unfit<T> =
  IsAny<T> extends true
    ? never
    : undefined extends T
      ? unknown extends T
        ? never
        : 'undefined is no JSON; return null for an absent entity'
      : DeepUnfit<T, [1, 1, 1, 1, 1, 1]>;

/** `Depth` ends the walk through types that contain themselves. */
type DeepUnfit<T, Depth extends unknown[]> = Depth extends [unknown, ...infer Rest]
  ? IsAny<T> extends true
    ? never
    : T extends { toJSON(): unknown } | string | number | boolean | null | undefined
      ? never
      : T extends ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ArrayBufferView
        ? 'a Map, Set or typed array is empty or garbled in JSON; give the key a codec'
        : T extends Lost
          ? 'a bigint, symbol or function is no JSON; give the key a codec'
          : T extends readonly (infer Element)[]
            ? DeepUnfit<Element, Rest>
            : T extends object
              ? { [K in keyof T]-?: DeepUnfit<T[K], Rest> }[keyof T]
              : never
  : never;

/** The types that `JSON.stringify` leaves out, or throws for. */
type Lost =
  | bigint
  | symbol
  | undefined
  | ((...args: never[]) => unknown)
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>;

type KeptKeys<T> = {
  [K in keyof T]-?: K extends string | number
    ? undefined extends T[K]
      ? never
      : [Exclude<T[K], Lost>] extends [never]
        ? never
        : K
    : never;
}[keyof T];

type OptionalKeys<T> = {
  [K in keyof T]-?: K extends string | number
    ? undefined extends T[K]
      ? [Exclude<T[K], Lost>] extends [never]
        ? never
        : K
      : never
    : never;
}[keyof T];

/** In an array, values that JSON leaves out become null. */
type JsonifiedElement<T> = T extends undefined | symbol | ((...args: never[]) => unknown)
  ? null
  : Jsonified<T>;

/** An intersection as one object type, for legible messages. */
type Flat<T> = { [K in keyof T]: T[K] };

type IsAny<T> = 0 extends 1 & T ? true : false;
