import { quantity, strict, type Schema } from './strict.ts';

const QUANTITY = 'io.k8s.apimachinery.pkg.api.resource.Quantity';
const OBJECT_META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const REFERENCE = '#/definitions/';

export interface Kind {
  group: string;
  version: string;
  kind: string;
}

/** The part of Kubernetes' OpenAPI document (v2) that is read. */
export interface OpenApi {
  definitions: Record<string, Schema>;
}

/** The part of a CustomResourceDefinition that is read. */
export interface CustomResource {
  spec: {
    group: string;
    names: { kind: string };
    versions: { name: string; schema: { openAPIV3Schema: Schema } }[];
  };
}

/** The schema of one of Kubernetes' own kinds, complete in one document. */
export function builtInSchema(kind: Kind, openApi: OpenApi): Schema {
  const schema = Object.values(openApi.definitions).find((one) => isOf(one, kind));
  if (!schema) throw new Error(`the OpenAPI document has no ${kind.kind} of ${apiVersion(kind)}`);
  return manifestSchema(kind, schema, openApi);
}

/** The schema of a kind that a CustomResourceDefinition adds. */
export function customSchema(kind: Kind, resource: CustomResource, openApi: OpenApi): Schema {
  const { spec } = resource;
  const version = spec.versions.find(({ name }) => name === kind.version);
  if (spec.group !== kind.group || spec.names.kind !== kind.kind || !version) {
    throw new Error(
      `${spec.names.kind} of ${spec.group} is not ${kind.kind} of ${apiVersion(kind)}`,
    );
  }
  const schema = version.schema.openAPIV3Schema;
  const metadata = { $ref: REFERENCE + OBJECT_META };
  return manifestSchema(
    kind,
    { ...schema, properties: { ...schema.properties, metadata } },
    openApi,
  );
}

/** Under this name kubeconform looks for a kind's schema. */
export function fileName({ group, version, kind }: Kind): string {
  const suffix = group === '' ? version : `${group.split('.')[0]}-${version}`;
  return `${kind.toLowerCase()}-${suffix}.json`;
}

function manifestSchema(kind: Kind, schema: Schema, openApi: OpenApi): Schema {
  // A manifest has the desired state. Only the cluster writes the status.
  const { status: _status, ...properties } = schema.properties ?? {};
  const root = strict({ ...schema, properties });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...root,
    properties: {
      ...root.properties,
      apiVersion: { const: apiVersion(kind) },
      kind: { const: kind.kind },
    },
    required: ['apiVersion', 'kind', 'metadata', ...requiredFields(root)],
    definitions: reachable(root, openApi),
  };
}

function requiredFields(schema: Schema): string[] {
  const already = new Set(['apiVersion', 'kind', 'metadata']);
  return ((schema['required'] ?? []) as string[]).filter((field) => !already.has(field));
}

/** Every definition that the schema refers to, or that one of those refers to. */
function reachable(root: Schema, openApi: OpenApi): Record<string, Schema> {
  const found: Record<string, Schema> = {};
  const add = (schema: Schema): void => {
    for (const name of references(schema)) {
      if (name in found) continue;
      const definition = openApi.definitions[name];
      if (!definition) throw new Error(`the OpenAPI document has no ${name}`);
      found[name] = name === QUANTITY ? quantity : strict(definition);
      add(found[name]);
    }
  };
  add(root);
  return found;
}

function references(schema: Schema): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/([^"]+)"/g)].map(
    ([, name]) => name!,
  );
}

function isOf(schema: Schema, { group, version, kind }: Kind): boolean {
  const kinds = (schema['x-kubernetes-group-version-kind'] ?? []) as Kind[];
  return kinds.some((one) => one.group === group && one.version === version && one.kind === kind);
}

function apiVersion({ group, version }: Kind): string {
  return group === '' ? version : `${group}/${version}`;
}
