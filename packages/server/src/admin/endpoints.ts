import { Type } from 'typebox';
import { isWebhookSecret, makeWebhookSecret } from '../auth/webhook-secret.ts';
import { callbackEndpoint, type Endpoint, legacyEndpoint } from '../ports/endpoints.ts';
import { formats } from '../webhooks/formats.ts';
import { endpointAnswer } from './answers/endpoint.ts';
import { appOf } from './app-view.ts';
import {
  backlogOf,
  changeEndpointOf,
  type EndpointView,
  endpointOf,
  endpointView,
  eventWords,
} from './endpoint-view.ts';
import { endpointIdField, sdkAppIdField } from './fields.ts';
import { type OperationContext, operation } from './operation.ts';
import { refuse } from './refusals.ts';

/** Endpoints that an application can have; each costs a row for each event. */
const maxEndpoints = 10;

const closed = { additionalProperties: false } as const;
const one = Type.Object({ app: sdkAppIdField, id: endpointIdField }, closed);

const urlField = Type.String({ maxLength: 2048, description: 'a URL that starts with http:// or https://' });
const tokenField = Type.String({
  pattern: '^[ -~]{0,128}$',
  description: 'at most 128 printable ASCII characters; empty for none',
});
const eventsField = Type.Array(Type.String({ maxLength: 64 }), {
  minItems: 1,
  maxItems: 64,
  description: `a list of ${Object.keys(eventWords).join(', ')}`,
});

async function viewOf(context: OperationContext, endpoint: Endpoint, reveal = false): Promise<EndpointView> {
  return endpointView(endpoint, (await backlogOf(context, endpoint.app))(endpoint.id), reveal);
}

/** Checks a URL as `set_callback` does. */
function checkUrl({ urlFlaw }: OperationContext, url: string): string {
  const flaw = urlFlaw(url);
  if (flaw !== undefined) throw refuse(flaw.code, flaw.data, 'url');
  return url;
}

/** Events in the words of the wire. */
function wireWords(format: Endpoint['format'], events: readonly string[]): readonly string[] {
  const words = events.map((word) => eventWords[word] ?? word);
  const unknown = words.find((word) => !formats[format].commands.includes(word));
  if (unknown === undefined) return [...new Set(words)];
  const known = format === 'v4' ? Object.keys(eventWords) : formats.v1.commands;
  throw refuse('event_unknown', { event: unknown, known: known.join(', ') }, 'events');
}

export const listEndpoints = operation({
  name: 'endpoints.list',
  doc: 'Lists the webhook endpoints of an application, and how many events wait at each.',
  role: 'viewer',
  http: ['GET', '/apps/:app/endpoints'],
  input: Type.Object({ app: sdkAppIdField }, closed),
  answer: Type.Array(endpointAnswer),
  async handle(context, { app }): Promise<readonly EndpointView[]> {
    const backlog = await backlogOf(context, app);
    const { sdkAppId } = appOf(context.apps, app);
    return context.endpoints
      .of(sdkAppId)
      .filter(({ url }) => url !== '')
      .map((endpoint) => endpointView(endpoint, backlog(endpoint.id), false));
  },
});

export const addEndpoint = operation({
  name: 'endpoints.add',
  doc: 'Adds a webhook endpoint beside the one of set_callback, and shows its secret.',
  role: 'owner',
  http: ['POST', '/apps/:app/endpoints'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      id: endpointIdField,
      url: urlField,
      events: Type.Optional(eventsField),
      token: Type.Optional(tokenField),
    },
    closed,
  ),
  answer: endpointAnswer,
  async handle(context, { app, id, url, events = Object.keys(eventWords), token = '' }): Promise<EndpointView> {
    const { sdkAppId } = appOf(context.apps, app);
    if (id === callbackEndpoint || id === legacyEndpoint) {
      throw refuse('endpoint_reserved', { endpoint: id }, 'id');
    }
    const endpoint: Endpoint = {
      app: sdkAppId,
      id,
      format: 'v4',
      url: checkUrl(context, url),
      commands: wireWords('v4', events),
      secrets: [makeWebhookSecret()],
      token,
      state: 'active',
    };
    await context.endpoints.change(sdkAppId, id, (kept) => {
      if (kept !== undefined) {
        throw refuse('endpoint_exists', { app, endpoint: id }, 'id');
      }
      if (context.endpoints.of(sdkAppId).length >= maxEndpoints) {
        throw refuse('endpoints_too_many', { app, most: maxEndpoints });
      }
      return endpoint;
    });
    return viewOf(context, endpoint, true);
  },
});

export const changeEndpoint = operation({
  name: 'endpoints.change',
  doc: 'Changes the URL, the events or the token of an endpoint.',
  role: 'owner',
  http: ['PATCH', '/apps/:app/endpoints/:id'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      id: endpointIdField,
      url: Type.Optional(urlField),
      events: Type.Optional(eventsField),
      token: Type.Optional(tokenField),
    },
    closed,
  ),
  answer: endpointAnswer,
  async handle(context, { app, id, url, events, token }): Promise<EndpointView> {
    const changed = await changeEndpointOf(context, app, id, (known) => ({
      ...known,
      ...(url === undefined
        ? {}
        : { url: checkUrl(context, url), state: known.state === 'gone' ? 'active' : known.state }),
      ...(events === undefined ? {} : { commands: wireWords(known.format, events) }),
      ...(token === undefined ? {} : { token }),
    }));
    return viewOf(context, changed);
  },
});

export const removeEndpoint = operation({
  name: 'endpoints.remove',
  doc: 'Removes an endpoint, its secrets, and the events that wait for it.',
  role: 'owner',
  http: ['DELETE', '/apps/:app/endpoints/:id'],
  input: one,
  answer: endpointAnswer,
  async handle(context, { app, id }): Promise<EndpointView> {
    const known = endpointOf(context, app, id);
    const view = await viewOf(context, known);
    await context.endpoints.remove(known.app, id);
    return view;
  },
});

export const showSecrets = operation({
  name: 'endpoints.secrets',
  doc: 'Shows the secrets of an endpoint in full, the newest first.',
  role: 'owner',
  http: ['GET', '/apps/:app/endpoints/:id/secrets'],
  local: true,
  input: one,
  answer: endpointAnswer,
  handle: (context, { app, id }): Promise<EndpointView> => viewOf(context, endpointOf(context, app, id), true),
});

export const rotateSecret = operation({
  name: 'endpoints.rotate',
  doc: 'Adds a secret; the one before it goes on signing beside it until it is retired.',
  role: 'owner',
  http: ['POST', '/apps/:app/endpoints/:id/secrets'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      id: endpointIdField,
      secret: Type.Optional(Type.String({ maxLength: 128, description: 'whsec_ and the base64 of 24 to 64 bytes' })),
    },
    closed,
  ),
  answer: endpointAnswer,
  async handle(context, { app, id, secret = makeWebhookSecret() }): Promise<EndpointView> {
    if (!isWebhookSecret(secret)) {
      throw refuse('secret_form', {}, 'secret');
    }
    const changed = await changeEndpointOf(context, app, id, (known) => {
      if (known.secrets.includes(secret)) {
        throw refuse('secret_exists', { endpoint: id }, 'secret');
      }
      return { ...known, secrets: [secret, ...known.secrets].slice(0, 2) };
    });
    return viewOf(context, changed, true);
  },
});

export const retireSecret = operation({
  name: 'endpoints.retire',
  doc: 'Ends a rotation: only the newest secret signs from now on.',
  role: 'owner',
  http: ['POST', '/apps/:app/endpoints/:id/retire'],
  input: one,
  answer: endpointAnswer,
  async handle(context, { app, id }): Promise<EndpointView> {
    const changed = await changeEndpointOf(context, app, id, (known) => {
      if (known.secrets.length < 2) {
        throw refuse('secret_last', { endpoint: id }, 'id');
      }
      return { ...known, secrets: known.secrets.slice(0, 1) };
    });
    return viewOf(context, changed);
  },
});

const setState = async (context: OperationContext, app: number, id: string, state: 'active' | 'paused') => {
  return viewOf(context, await changeEndpointOf(context, app, id, (known) => ({ ...known, state })));
};

export const pauseEndpoint = operation({
  name: 'endpoints.pause',
  doc: 'Sends nothing to an endpoint until it is resumed; its events wait.',
  role: 'operator',
  http: ['POST', '/apps/:app/endpoints/:id/pause'],
  input: one,
  answer: endpointAnswer,
  handle: (context, { app, id }): Promise<EndpointView> => setState(context, app, id, 'paused'),
});

export const resumeEndpoint = operation({
  name: 'endpoints.resume',
  doc: 'Sends to an endpoint again that was paused, or that had answered 410; what waits goes out now.',
  role: 'operator',
  http: ['POST', '/apps/:app/endpoints/:id/resume'],
  input: one,
  answer: endpointAnswer,
  handle: (context, { app, id }): Promise<EndpointView> => setState(context, app, id, 'active'),
});
