import type { Codec } from '../codecs/codec.ts';
import type { JsonOnly, Jsonified } from '../codecs/jsonified.ts';
import { CacheUsageError } from '../errors.ts';
import { isObject, show } from '../option-ranges.ts';
import type { KeyOptions } from './key-options.ts';
import { policyOf, type EntryPolicy } from './policy.ts';
import { encodeParam, overlap, parseTemplate, type Param } from './template.ts';

type ParamNames<Template extends string> = Template extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParamNames<Rest>
  : never;

/** `{ id: Param }` for `posts:id:{id}`. */
export type Params<Template extends string> = { readonly [Name in ParamNames<Template>]: Param };

/** The arguments of a definition: none, or the parameters of its template. */
export type KeyArguments<Template extends string> = string extends Template
  ? never[]
  : [ParamNames<Template>] extends [never]
    ? []
    : [params: Params<Template>];

/** One declared template. Calling it with its parameters makes a key. `Value` is the type that reads return. */
export interface KeyDefinition<Template extends string = string, Value = unknown> {
  (...params: KeyArguments<Template>): CacheKey<Value>;
  readonly template: Template;
  readonly options: KeyOptions<any, any>; // oxlint-disable-line typescript/no-explicit-any
  readonly policy: EntryPolicy;
  /** Only for the compiler. */
  readonly valueType?: Value;
}

/** A key as a value: typed, checked once, and with its template at hand. */
export interface CacheKey<Value = unknown> {
  readonly key: string;
  readonly template: string;
  readonly params: Readonly<Record<string, Param>>;
  readonly options: KeyOptions<any, any>; // oxlint-disable-line typescript/no-explicit-any
  readonly policy: EntryPolicy;
  /** Only for the compiler. */
  readonly valueType?: Value;
}

/** The argument of `defineKeys`: for each name a template, or a template with options, made by `key`. */
export type KeyDeclarations = Record<string, string | KeyDefinition>;

export type DefinedKeys<D extends KeyDeclarations> = {
  readonly [Name in keyof D]: D[Name] extends string ? KeyDefinition<D[Name]> : D[Name];
};

/**
 * Declares a template with its options.
 *
 * @throws CacheUsageError for a template that makes no keys, or with a list of all wrong options
 *
 * @example
 * const byId = key('posts:id:{id}', { ttlSeconds: 300, load: ({ id }) => findPost(id) });
 */
export function key<
  const Template extends string,
  Value = unknown,
  Custom extends Codec<Value> | undefined = undefined,
>(
  template: Template,
  options?: Omit<KeyOptions<Params<Template>, Value>, 'codec'> & { codec?: Custom } & ([
      Custom,
    ] extends [undefined]
      ? JsonOnly<Value>
      : unknown),
): KeyDefinition<Template, [Custom] extends [undefined] ? Jsonified<Value> : Value> {
  return define(template, (options ?? {}) as KeyOptions<Params<Template>, Value>);
}

/**
 * Declares all keys of a cache, each once. A part in braces is a parameter: it stands for one or more
 * characters of one segment, and is encoded so that it never ends it. Braces mean nothing else here:
 * a Redis Cluster hash tag cannot be declared, nor is one needed.
 *
 * @throws CacheUsageError for a template that makes no keys, and for two that could make the same
 *
 * @example
 * const keys = defineKeys({ all: 'posts:all', byId: 'posts:id:{id}' });
 * keys.all().key // 'posts:all'
 * keys.byId({ id: 42 }).key // 'posts:id:42'
 */
export function defineKeys<const D extends KeyDeclarations>(declarations: D): DefinedKeys<D> {
  if (!isObject(declarations)) {
    throw new CacheUsageError(`defineKeys takes an object of templates, got ${show(declarations)}`);
  }
  const definitions: KeyDefinition[] = [];
  const entries = Object.entries(declarations).map(([name, declaration]) => {
    const definition =
      typeof declaration === 'function' ? declaration : define<string, unknown>(declaration, {});
    assertDistinct(definition.template, definitions);
    definitions.push(definition);
    return [name, definition] as const;
  });
  return Object.fromEntries(entries) as unknown as DefinedKeys<D>;
}

function assertDistinct(template: string, earlier: readonly KeyDefinition[]): void {
  const other = earlier.find((definition) => overlap(definition.template, template));
  if (!other) return;
  throw new CacheUsageError(
    other.template === template
      ? `the key template "${template}" is declared twice`
      : `the key templates "${other.template}" and "${template}" can make the same key`,
  );
}

function define<Template extends string, Value>(
  text: Template,
  options: KeyOptions<Params<Template>, Value>,
): KeyDefinition<Template, never> {
  const { names, literals } = parseTemplate(text);
  const policy = policyOf(options, `the key "${text}"`);
  const template: string = text;
  const build = (params: Readonly<Record<string, Param>>): CacheKey => {
    let made = literals[0]!;
    for (let i = 0; i < names.length; i += 1) {
      const name = names[i]!;
      made += encodeParam(template, name, params?.[name]) + literals[i + 1]!;
    }
    return { key: made, template, params, options, policy };
  };
  // Without parameters there is one key: made now, and shared.
  const fixed = names.length === 0 && Object.freeze(build({}));
  const definition = fixed ? () => fixed : build;
  return Object.assign(definition, { template, options, policy }) as unknown as KeyDefinition<
    Template,
    never
  >;
}

export type { KeyOptions, LoadContext } from './key-options.ts';
export type { Param } from './template.ts';
