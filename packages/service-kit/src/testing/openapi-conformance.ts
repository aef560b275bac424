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

/** Holds real answers against a document, and remembers which of its promises were seen. */
export interface Conformance {
  /**
   * Checks one answer: its status, headers, content type and body must be documented. Leaves the
   * response unread.
   *
   * @param path as it was requested; a query string is ignored
   * @returns the same response
   * @throws Error that says what is not as documented
   */
  check(method: string, path: string, response: globalThis.Response): Promise<globalThis.Response>;
  /** What is documented and was not seen yet: `GET /api/posts/{id} 304`. */
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
        if (body !== '') throw new Error(`${name} is documented without a body and has one`);
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

/** @throws Error that says what in the document is not OpenAPI 3.1 */
export async function assertOpenApi(document: Document): Promise<void> {
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  if (!valid) throw new Error(`Not an OpenAPI document: ${JSON.stringify(errors, null, 2)}`);
}

/** Each call of a document, sorted: `GET /api/posts/{id}`. */
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

/** Each call that a router answers, sorted, as `documentedCalls` names them. */
export function routedCalls(router: Routes): string[] {
  return router.stack
    .flatMap(({ methods, path }) =>
      methods
        // Every GET answers HEAD too, without saying so.
        .filter((method) => method !== 'HEAD')
        .map((method) => `${method} ${String(path).replaceAll(/:(\w+)/g, '{$1}')}`),
    )
    .sort();
}

/** The template that a path fits; one without parameters goes first, as OpenAPI has it. */
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

/** Answers what is wrong with a body, by the schema at a place in the document. */
function bodyValidator(document: Document) {
  // The document as a whole is no schema: its own keywords are not to be complained about.
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

/** RFC 6901, and then percent-encoded, as a fragment of a URL must be. */
function escapePointer(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}
