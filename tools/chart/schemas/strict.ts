/** A JSON schema, as far as Kubernetes writes them. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: boolean | Schema;
  items?: Schema;
  [keyword: string]: unknown;
}

const KEPT = new Set([
  '$ref',
  'type',
  'required',
  'enum',
  'pattern',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
]);
const DROPPED = new Set(['description', 'default', 'format']);

// As the API server reads it: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
const NUMBER = String.raw`([0-9]+(\.[0-9]*)?|\.[0-9]+)`;
const QUANTITY = `^[+-]?${NUMBER}([KMGTPE]i|[numkMGTPE]|[eE][+-]?${NUMBER})?$`;

/**
 * The same schema without its prose, in which an object may have no property but those that are named.
 * So a misspelled field is refused.
 *
 * @throws Error for an unknown keyword: ignored, it would accept invalid manifests
 */
export function strict(schema: Schema): Schema {
  if (schema.format === 'int-or-string' || schema['x-kubernetes-int-or-string'] === true) {
    return { type: ['integer', 'string'] };
  }
  if (schema.format === 'byte') return { type: 'string', pattern: '^[A-Za-z0-9+/]*={0,2}$' };
  const result: Schema = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (KEPT.has(keyword)) result[keyword] = value;
    else if (!isHandled(keyword)) throw new Error(`a schema has the unknown keyword ${keyword}`);
  }
  if (schema.properties) result.properties = strictProperties(schema.properties);
  if (schema.items) result.items = strict(schema.items);
  const rest = schema.additionalProperties;
  if (typeof rest === 'object') result.additionalProperties = strict(rest);
  else if (isClosed(schema)) result.additionalProperties = false;
  return result;
}

/** A quantity such as `250m` or `1Gi`; in the OpenAPI document it is just a string. */
export const quantity: Schema = { type: ['number', 'string'], pattern: QUANTITY };

function isHandled(keyword: string): boolean {
  const descended = ['properties', 'items', 'additionalProperties'];
  return DROPPED.has(keyword) || keyword.startsWith('x-') || descended.includes(keyword);
}

function isClosed(schema: Schema): boolean {
  if (schema['x-kubernetes-preserve-unknown-fields'] === true) return false;
  return schema.properties !== undefined && schema.additionalProperties === undefined;
}

function strictProperties(properties: Record<string, Schema>): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, strict(schema)]),
  );
}
