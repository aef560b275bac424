import { z } from 'zod';

import type { ExpectedResponses } from '../metrics/http.ts';
import { ERRORS, type ErrorCode } from './app-error.ts';

type Json = Record<string, unknown>;

/** The body of every error (RFC 9457). */
const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'requestId'],
  additionalProperties: false,
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        additionalProperties: false,
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};

/** One operation of the API. */
interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  /** Requires a Bearer token. */
  secured?: boolean;
  parameters?: readonly Json[];
  body?: z.ZodType;
  /** The successful responses, by status. */
  responses: Readonly<Record<number, Response>>;
  errors: readonly ErrorCode[];
}

interface Response {
  description: string;
  /** Of the body, if there is one. */
  schema?: z.ZodType;
  headers?: readonly string[];
}

interface Description {
  title: string;
  description: string;
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export type OpenApiDocument = ReturnType<typeof openApi>;

/** Creates an OpenAPI 3.1 document from the schemas that also parse the requests. */
export function openApi({ title, description, paths }: Description) {
  return {
    openapi: '3.1.0',
    info: { title, description, version: '1.0.0', license: { name: 'MIT', identifier: 'MIT' } },
    paths: mapValues(paths, (methods) => mapValues(methods, describeOperation)),
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
    },
  };
}

/** Lists the documented statuses by method and route template. */
export function responsesOf({ paths }: OpenApiDocument): ExpectedResponses[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([verb, { responses }]) => {
      const method = verb.toUpperCase();
      const route = path.replaceAll(/\{(\w+)\}/g, ':$1');
      const statuses = Object.keys(responses).map(Number);
      // The router answers HEAD on every GET route.
      const heads = method === 'GET' ? [{ method: 'HEAD', route, statuses }] : [];
      return [{ method, route, statuses }, ...heads];
    }),
  );
}

/** Describes query parameters from the schema that parses them: as parsed values, not as strings of a URL. */
export function queryParameters<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  descriptions: Readonly<Record<keyof Shape, string>>,
): Json[] {
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: 'query',
    required: !(field as z.ZodType).safeParse(undefined).success,
    schema: jsonSchema(field as z.ZodType, 'output'),
    description: descriptions[name],
  }));
}

/** Describes a path parameter from the schema that parses it. */
export function pathParameter(name: string, schema: z.ZodType): Json {
  return { name, in: 'path', required: true, schema: jsonSchema(schema, 'output') };
}

function describeOperation(operation: Operation) {
  const { operationId, summary, description, secured, parameters, body, responses } = operation;
  const errors: ErrorCode[] = [
    ...operation.errors,
    ...(secured ? ['unauthenticated' as const] : []),
  ];
  return {
    operationId,
    summary,
    ...(description && { description }),
    security: secured ? [{ bearer: [] }] : [],
    ...(parameters && { parameters }),
    ...(body && { requestBody: { required: true, content: json(body, 'input') } }),
    responses: {
      ...mapValues(responses, describeResponse),
      ...describeErrors(errors),
    },
  };
}

/** Codes with the same status share a response. */
function describeErrors(codes: readonly ErrorCode[]): Json {
  const byStatus = Map.groupBy(codes, (code) => ERRORS[code].status);
  const content = {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  };
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => {
      const description = ofStatus.map((code) => ERRORS[code].title).join(', or: ');
      return [status, { description, content }];
    }),
  );
}

function describeResponse({ description, schema, headers }: Response): Json {
  const described = headers?.map((name) => [name, { required: true, schema: { type: 'string' } }]);
  return {
    description,
    ...(described && { headers: Object.fromEntries(described) }),
    ...(schema && { content: json(schema, 'output') }),
  };
}

function json(schema: z.ZodType, io: 'input' | 'output'): Json {
  return { 'application/json': { schema: jsonSchema(schema, io) } };
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...described } = z.toJSONSchema(schema, { io });
  return described;
}

function mapValues<T, R>(record: Readonly<Record<string, T>>, map: (value: T) => R) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
