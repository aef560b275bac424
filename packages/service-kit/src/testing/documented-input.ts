import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

interface Call {
  parameters?: readonly { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
}

type Accepts = (value: unknown) => boolean;

/** What a document says of the input of one call: of its body, and of each parameter by its name. */
export function documentedInput(
  document: { paths: object },
  method: string,
  path: string,
): { body: Accepts; parameter(name: string): Accepts } {
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const paths = document.paths as Record<string, Record<string, Call>>;
  const call = paths[path]?.[method.toLowerCase()];
  const compile = (schema: object | undefined): Accepts => {
    if (!schema) throw new Error(`The document says nothing of this input of ${method} ${path}`);
    const validate = ajv.compile(schema);
    return (value) => validate(value);
  };
  return {
    body: compile(call?.requestBody?.content['application/json']?.schema ?? {}),
    parameter: (name) => compile(call?.parameters?.find((one) => one.name === name)?.schema),
  };
}
