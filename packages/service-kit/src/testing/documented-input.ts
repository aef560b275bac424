import addFormats from 'ajv-formats';
import { Ajv2020 } from 'ajv/dist/2020.js';

interface Call {
  parameters?: readonly { name: string; in: string; schema: object }[];
  requestBody?: { content: Record<string, { schema: object }> };
}

type Accepts = (value: unknown) => boolean;

/** Creates validators for the documented input of one operation: its body, and its parameters by name. */
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
    if (!schema) throw new Error(`This input of ${method} ${path} is not documented`);
    const validate = ajv.compile(schema);
    return (value) => validate(value);
  };
  return {
    body: compile(call?.requestBody?.content['application/json']?.schema ?? {}),
    parameter: (name) => compile(call?.parameters?.find((one) => one.name === name)?.schema),
  };
}
