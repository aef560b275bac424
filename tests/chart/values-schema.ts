/** A JSON schema, as far as values.schema.json goes. */
export interface ValuesSchema {
  $ref?: string;
  $defs?: Record<string, ValuesSchema>;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  pattern?: string;
  minimum?: number;
  maximum?: number;
  properties?: Record<string, ValuesSchema>;
  required?: string[];
  additionalProperties?: boolean | ValuesSchema;
  items?: ValuesSchema;
  oneOf?: ValuesSchema[];
}

/** A schema of values, its references resolved, at the place that `path` leads to. */
export interface Place {
  path: string;
  schema: ValuesSchema;
}

/** Every place in a schema at which a value may be given. */
export function placesOf(root: ValuesSchema): Place[] {
  const visit = (schema: ValuesSchema, path: string[]): Place[] => {
    const found = resolve(schema, root);
    const own = path.length === 0 ? [] : [{ path: path.join('.'), schema: found }];
    const below = Object.entries(found.properties ?? {});
    return [...own, ...below.flatMap(([key, value]) => visit(value, [...path, key]))];
  };
  return visit(root, []);
}

function resolve(schema: ValuesSchema, root: ValuesSchema): ValuesSchema {
  const name = /^#\/\$defs\/(.+)$/.exec(schema.$ref ?? '')?.[1];
  if (name === undefined) return schema;
  const definition = root.$defs?.[name];
  if (!definition) throw new Error(`the schema has no definition ${name}`);
  return resolve(definition, root);
}
