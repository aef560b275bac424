import { Validator } from '@seriousme/openapi-schema-validator';
import addFormats from 'ajv-formats';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';

/** An OpenAPI 3.1 document, as `openApi` builds one. */
type Document = Record<string, unknown>;

interface MediaType {
  schema?: object;
}

interface Response {
  headers?: Record<string, { required?: boolean }>;
  content?: Record<string, MediaType>;
}

interface Operation {
  responses: Record<string, Response>;
}

type Paths = Record<string, Record<string, Operation>>;

/** Validates real responses against a document, and tracks which documented responses occurred. */
export interface Conformance {
  /**
   * Validates the status, header fields, content type and body of a response, and leaves its body unread.
   *
   * @param path the requested path; a query string is ignored
   * @returns the same response
   * @throws Error with the difference from the document
   */
  check(method: string, path: string, response: globalThis.Response): Promise<globalThis.Response>;
  /** The documented responses that have not occurred: `GET /api/posts/{id} 304`. */
  unvisited(): string[];
}

/**
 * @example
 * const api = conformance(postOpenApi);
 * await api.check('GET', '/api/posts', await fetch(`${baseUrl}/api/posts`));
 * expect(api.unvisited()).toEqual([]);
 */
export function conformance(document: Document): Conformance {
  const paths = document['paths'] as Paths;
  const validate = bodyValidator(document);
  const unvisited = new Set(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        Object.keys(responses).map((status) => `${method.toUpperCase()} ${path} ${status}`),
      ),
    ),
  );

  return {
    async check(method, path, response) {
      const template = templateOf(Object.keys(paths), path);
      const verb = method.toLowerCase();
      const documented = template && paths[template]?.[verb]?.responses[response.status];
      const name = `${method.toUpperCase()} ${template ?? path} ${response.status}`;
      if (!documented) throw new Error(`${name} is not documented`);
      checkHeaders(name, documented, response);

      const body = await response.clone().text();
      const type = response.headers.get('content-type')?.split(';', 1)[0] ?? 'none';
      if (!documented.content) {
        if (body !== '') throw new Error(`${name} has a body and is documented without`);
      } else {
        if (!documented.content[type]) throw new Error(`${name} has the type ${type}`);
        const pointer = ['paths', template, verb, 'responses', String(response.status), 'content'];
        const wrong = validate([...pointer, type, 'schema'], JSON.parse(body));
        if (wrong) throw new Error(`${name} is not as documented: ${wrong}\n${body}`);
      }
      unvisited.delete(name);
      return response;
    },
    unvisited: () => [...unvisited],
  };
}

/** @throws Error that lists the violations of OpenAPI 3.1 */
export async function assertOpenApi(document: Document): Promise<void> {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  if (!valid) throw new Error(`Not an OpenAPI document: ${JSON.stringify(errors, null, 2)}`);
}

/** The operations of a document, sorted: `GET /api/posts/{id}`. */
export function documentedCalls(document: Document): string[] {
  return Object.entries(document['paths'] as Paths)
    .flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    .sort();
}

interface Routes {
  stack: readonly { methods: readonly string[]; path: string | RegExp }[];
}

/** The routes of a router, sorted, in the format of `documentedCalls`. */
export function routedCalls(router: Routes): string[] {
  return router.stack
    .flatMap(({ methods, path }) =>
      methods
        // The router adds HEAD to every GET.
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`),
    )
    .sort();
}

/** The template that matches a path. One without parameters takes precedence, as in OpenAPI. */
function templateOf(templates: readonly string[], path: string): string | undefined {
  const pathname = path.split('?', 1)[0]!;
  if (templates.includes(pathname)) return pathname;
  return templates.find((template) => {
    const pattern = template
      .split(/\{\w+\}/)
      .map((part) => RegExp.escape(part))
      .join('[^/]+');
    return new RegExp(`^${pattern}$`).test(pathname);
  });
}

function checkHeaders(name: string, documented: Response, response: globalThis.Response): void {
  for (const [header, { required }] of Object.entries(documented.headers ?? {})) {
    if (required && !response.headers.has(header)) throw new Error(`${name} lacks ${header}`);
  }
}

/** Creates a function that validates a body by the schema at a JSON pointer, and returns the errors. */
function bodyValidator(document: Document) {
  // Not strict: the document as a whole is not a schema and has other keywords.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'relay:openapi', ...document });
  const compiled = new Map<string, ValidateFunction>();

  return (place: readonly string[], body: unknown): string | undefined => {
    const pointer = place.map(escapePointer).join('/');
    let validate = compiled.get(pointer);
    if (!validate) {
      validate = ajv.compile({ $ref: `relay:openapi#/${pointer}` });
      compiled.set(pointer, validate);
    }
    return validate(body) ? undefined : ajv.errorsText(validate.errors, { dataVar: 'body' });
  };
}

/** Escapes a JSON pointer token (RFC 6901), then percent-encodes it for a URL fragment. */
function escapePointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
