import { type RequestDeclaration, signallingNotices, signallingPath, signallingProtocol } from 'ringback-protocol';
import { requests } from '../requests/index.ts';
import { noticeMethods, type Plain, plainSchema, sharedSchemas } from './signalling-schemas.ts';

export { signallingReference } from './signalling-reference.ts';

const capital = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);
const messageRef = (name: string): Plain => ({ $ref: `#/channels/signalling/messages/${name}` });
const channelRef: Plain = { $ref: '#/channels/signalling' };

const frame = (members: Plain): Plain => ({
  type: 'object',
  required: ['jsonrpc', ...Object.keys(members)],
  properties: { jsonrpc: { const: '2.0' }, ...members },
});

const id: Plain = { $ref: '#/components/schemas/FrameId' };

function requestMessages(method: string, declaration: RequestDeclaration): Plain {
  const params = plainSchema(declaration.params);
  const optional = !('required' in params);
  const payload = frame({ id, method: { const: method }, params });
  return {
    [method]: {
      name: method,
      summary: declaration.summary,
      // A request without params may leave them out.
      payload: optional ? { ...payload, required: ['jsonrpc', 'id', 'method'] } : payload,
    },
    [`${method}Answer`]: {
      name: `${method}Answer`,
      title: `The answer to ${method}`,
      payload: frame({ id, result: plainSchema(declaration.result) }),
    },
  };
}

const refusal: Plain = {
  name: 'refusal',
  title: 'The refusal of a request',
  payload: frame({
    id: { oneOf: [id, { type: 'null' }] },
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { type: 'integer', description: 'the number of the error table' },
        message: { type: 'string', description: 'a sentence for developers' },
        data: { $ref: '#/components/schemas/ErrorData' },
      },
    },
  }),
};

/** The signalling protocol as an AsyncAPI 3.0 document, made from the schemas and the list of requests. */
export function asyncApi(): object {
  const messages: Record<string, unknown> = { refusal };
  const operations: Record<string, unknown> = {};
  for (const { method, declaration } of requests) {
    Object.assign(messages, requestMessages(method, declaration));
    operations[method] = {
      action: 'receive',
      channel: channelRef,
      summary: declaration.summary,
      ...('notes' in declaration ? { description: declaration.notes.join(' ') } : {}),
      messages: [messageRef(method)],
      reply: { channel: channelRef, messages: [messageRef(`${method}Answer`), messageRef('refusal')] },
    };
  }
  for (const method of noticeMethods) {
    const { when, params } = signallingNotices[method];
    const name = `notice${capital(method)}`;
    messages[name] = {
      name,
      summary: when,
      payload: frame({ method: { const: method }, params: plainSchema(params) }),
    };
    operations[name] = { action: 'send', channel: channelRef, summary: when, messages: [messageRef(name)] };
  }
  const schemas: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(sharedSchemas)) schemas[name] = plainSchema(schema, true);
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Ringback signalling',
      version: signallingProtocol,
      description: `JSON-RPC 2.0 over WebSocket, sub-protocol ${signallingProtocol}. Requests come from the device, notices from the server.`,
    },
    defaultContentType: 'application/json',
    servers: {
      ringback: {
        host: '{host}',
        protocol: 'wss',
        pathname: signallingPath,
        variables: { host: { description: 'the server, and its port when it is not 443' } },
      },
    },
    channels: {
      signalling: {
        address: signallingPath,
        messages,
        bindings: {
          ws: {
            method: 'GET',
            headers: {
              type: 'object',
              required: ['Sec-WebSocket-Protocol'],
              properties: { 'Sec-WebSocket-Protocol': { const: signallingProtocol } },
            },
          },
        },
      },
    },
    operations,
    components: { schemas },
  };
}
