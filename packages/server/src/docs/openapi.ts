import { bounds, type ErrorName, errorRow, legacyCode } from 'ringback-protocol';
import type { ApiVersion, Command, Example } from '../commands/command.ts';
import { commands } from '../commands/index.ts';
import { webhookEvents } from '../webhooks/events/index.ts';
import type { WebhookEvent } from '../webhooks/events/webhook-event.ts';
import { gatewayErrors } from './gateway-errors.ts';

type Plain = Readonly<Record<string, unknown>>;

/** The request id of the examples. */
export const exampleRequestId = 'Id-0f1e2d3c4b5a69788796a5b4c3d2e1f0-O-Seq-10042';

/** The same in the legacy API. */
const exampleLegacyRequestId = '0f1e2d3c4b5a69788796a5b4c3d2e1f0';

/** An answer as a caller sees it. */
export function exampleAnswer(command: Command, { response }: Example): Plain {
  if (command.version === 'v1') {
    return { errorCode: 0, errorMessage: 'Success', requestId: exampleLegacyRequestId, data: response };
  }
  const envelope = { ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '', RequestId: exampleRequestId };
  if (command.holder === undefined) {
    return { ...envelope, ...(response as object | null), ...(showsMore(command) && { ErrorDisplay: '' }) };
  }
  return response === null ? envelope : { ...envelope, [command.holder]: response };
}

/** Whether its answers have a member `ErrorDisplay` too. */
export const showsMore = ({ service }: Command): boolean => service === 'profile';

/** The numbers that stand for these errors in an API, upward. */
export function codesOf(version: ApiVersion, names: readonly ErrorName[]): readonly number[] {
  const codeOf = version === 'v1' ? legacyCode : (name: ErrorName) => errorRow(name).code;
  return [...new Set(names.map(codeOf))].sort((a, b) => a - b);
}

const parameter = (name: string, required: boolean, schema: Plain, description: string): Plain => ({
  name,
  in: 'query',
  required,
  schema,
  description,
});

const parameters: Readonly<Record<string, Plain>> = {
  sdkappid: parameter('sdkappid', true, { type: 'integer', minimum: 1 }, 'The number of the application.'),
  identifier: parameter(
    'identifier',
    true,
    { type: 'string', minLength: 1, maxLength: bounds.userIdBytes },
    'An administrator of the application.',
  ),
  usersig: parameter('usersig', true, { type: 'string' }, 'A UserSig made for that identifier.'),
  random: parameter(
    'random',
    false,
    { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
    'Identifies the request; not looked at unless the server is strict.',
  ),
  contenttype: parameter('contenttype', false, { type: 'string', const: 'json' }, 'Always `json`.'),
};

const envelope: Plain = {
  type: 'object',
  description: 'What every answer holds, whatever happened.',
  required: ['ActionStatus', 'ErrorCode', 'ErrorInfo', 'RequestId'],
  properties: {
    ActionStatus: { type: 'string', enum: ['OK', 'FAIL'] },
    ErrorCode: { type: 'integer', description: '0, or a number of the error table.' },
    ErrorInfo: { type: 'string', description: 'Empty, or a sentence that says what is wrong and names the field.' },
    RequestId: {
      type: 'string',
      pattern: '^Id-[0-9a-f]{32}-O-Seq-[0-9]+$',
      description: 'Names the request in the log of the server.',
    },
  },
};

const legacyEnvelope: Plain = {
  type: 'object',
  description: 'What every answer of the legacy API holds, whatever happened.',
  required: ['errorCode', 'errorMessage', 'requestId', 'data'],
  properties: {
    errorCode: { type: 'integer', description: '0, or a number of the legacy API.' },
    errorMessage: { type: 'string', description: '`Success`, or a sentence that says what is wrong.' },
    requestId: {
      type: 'string',
      pattern: '^[0-9a-f]{32}$',
      description: 'Names the request in the log of the server.',
    },
    data: { description: 'What the command answers; empty in failures.' },
  },
};

const failure = (version: ApiVersion, names: readonly ErrorName[]): Plain =>
  version === 'v1'
    ? {
        allOf: [
          { $ref: '#/components/schemas/LegacyEnvelope' },
          { properties: { errorCode: { enum: codesOf(version, names) } } },
        ],
      }
    : {
        allOf: [
          { $ref: '#/components/schemas/Envelope' },
          { properties: { ActionStatus: { const: 'FAIL' }, ErrorCode: { enum: codesOf(version, names) } } },
        ],
      };

const success = (command: Command): Plain =>
  command.version === 'v1'
    ? {
        allOf: [
          { $ref: '#/components/schemas/LegacyEnvelope' },
          { properties: { errorCode: { const: 0 }, data: command.response } },
        ],
      }
    : {
        allOf: [
          { $ref: '#/components/schemas/Envelope' },
          {
            properties: {
              ActionStatus: { const: 'OK' },
              ErrorCode: { const: 0 },
              ...(showsMore(command) && { ErrorDisplay: { const: '' } }),
              ...(command.response !== null && command.holder !== undefined && { [command.holder]: command.response }),
            },
            ...(command.response !== null && command.holder !== undefined && { required: [command.holder] }),
          },
          ...(command.response !== null && command.holder === undefined ? [command.response] : []),
        ],
      };

const named = (examples: readonly Example[], value: (example: Example) => unknown): Plain =>
  Object.fromEntries(
    examples.map((example, index) => [`example${index + 1}`, { summary: example.title, value: value(example) }]),
  );

function operation(command: Command): Plain {
  return {
    operationId: command.path.replaceAll('/', '.'),
    tags: [tagOf(command)],
    summary: command.summary,
    description: command.description,
    parameters: Object.keys(parameters).map((name) => ({ $ref: `#/components/parameters/${name}` })),
    requestBody: {
      required: true,
      content: {
        'application/json': { schema: command.request, examples: named(command.examples, ({ request }) => request) },
      },
    },
    responses: {
      '200': {
        description: 'Success and failure alike; `ErrorCode` tells.',
        content: {
          'application/json': {
            schema: {
              oneOf: [
                success(command),
                { $ref: `#/components/schemas/${command.version === 'v1' ? 'Legacy' : ''}GatewayFailure` },
                failure(command.version, command.errors),
              ],
            },
            examples: named(command.examples, (example) => exampleAnswer(command, example)),
          },
        },
      },
    },
  };
}

const refused = 'A check before the command refused the request.';

const tagOf = ({ version, service }: Command): string => (version === 'v1' ? `v1/${service}` : service);

/** What a receiver is sent. */
const webhook = (event: WebhookEvent): Plain => ({
  summary: event.summary,
  description: event.description,
  requestBody: {
    required: true,
    content: { 'application/json': { schema: event.payload, examples: { example1: { value: event.example } } } },
  },
  responses: { '2XX': { description: 'Taken; the body is not looked at.' } },
});

/** The REST API as an OpenAPI 3.1 document, made from the list of commands. `version`: of the program. */
export function openApi(version: string): object {
  return JSON.parse(
    JSON.stringify({
      openapi: '3.1.0',
      info: {
        title: 'Ringback: Call REST API',
        version,
        description:
          'Every answer has HTTP status 200 and the four members of the envelope. Requests are signed: `usersig` proves that the caller is `identifier`, who must be an administrator of the application.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: 'https://{host}', variables: { host: { default: 'localhost:8443' } } }],
      tags: [...new Set(commands.map(tagOf))].map((name) => ({ name })),
      paths: Object.fromEntries(commands.map((command) => [command.url, { post: operation(command) }])),
      webhooks: Object.fromEntries(webhookEvents.map((event) => [event.command, { post: webhook(event) }])),
      components: {
        parameters,
        schemas: {
          Envelope: envelope,
          GatewayFailure: { ...failure('v4', gatewayErrors), description: refused },
          LegacyEnvelope: legacyEnvelope,
          LegacyGatewayFailure: { ...failure('v1', gatewayErrors), description: refused },
        },
      },
    }),
  );
}
