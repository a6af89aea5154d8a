import { refusals } from 'ringback-protocol';
import { operations, streams } from '../index.ts';
import { bodyLimit, type Operation } from '../operation.ts';
import type { AdminStream } from '../stream.ts';
import { version } from '../version.ts';
import { sessionPaths } from './session-openapi.ts';

type Plain = Readonly<Record<string, unknown>>;

const error: Plain = {
  description: 'Refused; the status says of which kind, the body why.',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        required: ['error'],
        properties: {
          error: {
            type: 'object',
            required: ['name', 'code', 'message'],
            properties: {
              name: { type: 'string', description: 'The kind, which gives the status.' },
              code: {
                type: 'string',
                description: `The sentence: the name, or one of ${Object.keys(refusals).join(', ')}.`,
              },
              data: { type: 'object', description: 'What the sentence is about, for those who say it in other words.' },
              message: { type: 'string', description: 'The sentence in English.' },
              field: { type: 'string', description: 'The field that is wrong.' },
            },
          },
        },
      },
    },
  },
};

function describe({ name, doc, role, http: [method, path], input, content, bodyBytes }: Described): Plain {
  const properties = input.properties as Readonly<Record<string, Plain>>;
  const required = (input.required ?? []) as readonly string[];
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, one = '']) => one);
  const rest = Object.keys(properties).filter((one) => !inPath.includes(one));
  const inQuery = method === 'GET' || method === 'DELETE';
  const parameter = (one: string, where: 'path' | 'query'): Plain => ({
    name: one,
    in: where,
    required: where === 'path' || required.includes(one),
    schema: properties[one],
    description: properties[one]?.description,
  });
  return {
    operationId: name,
    tags: [name.split('.')[0]],
    summary: doc,
    description: [
      typeof role === 'string' ? `For the role ${role} and above.` : 'For viewers; secrets are for owners.',
      ...(bodyBytes === undefined ? [] : [`A body may have ${bodyBytes / 1024} KiB.`]),
    ].join(' '),
    parameters: [
      ...inPath.map((one) => parameter(one, 'path')),
      ...(inQuery ? rest.map((one) => parameter(one, 'query')) : []),
    ],
    ...(!inQuery && rest.length > 0
      ? {
          requestBody: {
            required: rest.some((one) => required.includes(one)),
            content: {
              'application/json': {
                schema: {
                  type: 'object',
                  additionalProperties: false,
                  required: required.filter((one) => rest.includes(one)),
                  properties: Object.fromEntries(rest.map((one) => [one, properties[one]])),
                },
              },
            },
          },
        }
      : {}),
    responses: {
      '200': { description: 'Done.', content },
      default: error,
    },
  };
}

type Described = Pick<Operation | AdminStream, 'name' | 'doc' | 'http' | 'input'> & {
  readonly role: Operation['role'] | AdminStream['role'];
  readonly content: Plain;
  readonly bodyBytes?: number;
};

const ofOperation = (one: Operation): Described => ({
  ...one,
  content: { 'application/json': { schema: one.answer } },
});

const ofStream = ({ content, ...one }: AdminStream): Described => ({
  ...one,
  content: Object.fromEntries(
    Object.entries(content).map(([type, description]) => [type, { schema: { type: 'string', description } }]),
  ),
});

/** The settings API as an OpenAPI 3.1 document, made from the list of operations. */
export function settingsOpenApi(): object {
  const paths: Record<string, Record<string, Plain>> = {};
  const listed = operations as readonly unknown[] as readonly Operation[];
  const all = [...listed.filter(({ local }) => local !== true).map(ofOperation), ...streams.map(ofStream)];
  for (const operation of all) {
    const [method, path] = operation.http;
    const address = `/admin${path.replace(/:(\w+)/g, '{$1}')}`;
    paths[address] = { ...paths[address], [method.toLowerCase()]: describe(operation) };
  }
  return JSON.parse(
    JSON.stringify({
      openapi: '3.1.0',
      info: {
        title: 'Ringback: settings API',
        version,
        description:
          'What the console does, for programs: send `Authorization: Bearer` with a token that an owner has made. Every answer is JSON; a refusal has an HTTP status and `error`. ' +
          `A body may have ${bodyLimit / 1024} KiB where nothing else is said.`,
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: 'https://{host}', variables: { host: { default: 'localhost:8443' } } }],
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
      security: [{ token: [] }],
      paths: { ...paths, ...sessionPaths(error) },
    }),
  );
}
