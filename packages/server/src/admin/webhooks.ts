import { randomUUID } from 'node:crypto';
import {
  type CallId,
  callbackCommands,
  callId,
  type EventKind,
  isCallId,
  type Refusal,
  type SdkAppId,
  userId,
} from 'ringback-protocol';
import { type Static, Type } from 'typebox';
import type { Endpoint } from '../ports/endpoints.ts';
import type { AttemptCursor, CallPlace, LoggedAttempt, PendingEvent, ReplayChoice, Replayed } from '../ports/outbox.ts';
import { pendingOf } from '../webhooks/dispatcher.ts';
import { deliveryUrl, formats } from '../webhooks/formats.ts';
import { sampleSteps } from '../webhooks/sample.ts';
import { readWebhookId, webhookId, webhookIdPattern } from '../webhooks/sign.ts';
import { attemptAnswer, parkedAnswer, testAnswer } from './answers/endpoint.ts';
import { appOf } from './app-view.ts';
import { readAttemptPlace, writeAttemptPlace } from './attempt-place.ts';
import { endpointOf, eventWords } from './endpoint-view.ts';
import {
  callIdField,
  endpointIdField,
  limitField,
  pageField,
  sdkAppIdField,
  timeField,
  userIdField,
} from './fields.ts';
import { type OperationContext, operation } from './operation.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

/** An attempt to deliver, as operators see it. */
export interface AttemptView extends LoggedAttempt {
  readonly webhookId: string;
}

/** An event that was given up, as operators see it. */
export interface ParkedView extends PendingEvent {
  readonly webhookId: string;
}

const aWebhookId = 'a webhook-id, such as 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31-1';
const eventIdField = Type.String({ pattern: webhookIdPattern, description: aWebhookId });

/** ms; events that belong to no call that there is a record of are looked for no further back. */
const sampleAge = 86_400_000;

/** Finds a call, by its record if it has one; undefined when nothing is known of it. */
async function placeOf(context: OperationContext, app: SdkAppId, id: string): Promise<CallPlace | undefined> {
  if (!isCallId(id)) return undefined;
  const found = callId(id);
  const { store, pending, clock } = context;
  const call = (await store.read(app, found)) ?? (await store.record(app, found));
  const startedAt = call?.startedAt ?? (await pending.startOf(app, found, clock.now() - sampleAge, clock.now()));
  return startedAt === undefined ? undefined : { callId: found, startedAt };
}

export const webhookLog = operation({
  name: 'webhooks.log',
  doc: 'The attempts to deliver webhooks, the newest first, a page of them.',
  role: 'viewer',
  http: ['GET', '/apps/:app/webhooks/attempts'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      endpoint: Type.Optional(endpointIdField),
      callId: Type.Optional(callIdField),
      event: Type.Optional(eventIdField),
      failed: Type.Optional(Type.Boolean({ description: 'true or false' })),
      from: Type.Optional(timeField),
      to: Type.Optional(timeField),
      /** `next` of the page before. */
      after: Type.Optional(Type.String({ maxLength: 200, description: 'the `next` of the page before' })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'from 1 to 1000' })),
    },
    closed,
  ),
  answer: Type.Object({ attempts: Type.Array(attemptAnswer), next: Type.Optional(Type.String()) }),
  async handle(
    context,
    { app, event, callId: call, after, limit = 50, ...rest },
  ): Promise<{
    readonly attempts: readonly AttemptView[];
    /** Asks for the next page; absent on the last. */
    readonly next?: string;
  }> {
    const { sdkAppId } = appOf(context.apps, app);
    const wanted = event === undefined ? undefined : readWebhookId(event);
    const id = wanted?.callId ?? call;
    const place = id === undefined ? undefined : await placeOf(context, sdkAppId, id);
    if (id !== undefined && place === undefined) return { attempts: [] };
    const filter = { ...rest, ...(wanted && { event: wanted.event }), ...(place && { call: place }) };
    const cursor = after === undefined ? undefined : pageEnd(after);
    const attempts = await context.pending.attempts(sdkAppId, filter, cursor, limit);
    const last = attempts.at(-1);
    return {
      attempts: attempts.map((one) => ({ ...one, url: deliveryUrl(one, one.url), webhookId: webhookId(one) })),
      ...(last === undefined || attempts.length < limit ? {} : { next: writeAttemptPlace(last) }),
    };
  },
});

function pageEnd(after: string): AttemptCursor {
  const place = readAttemptPlace(after);
  if (place === undefined) throw refuse('bad_page', {}, 'after');
  return place;
}

export const parkedWebhooks = operation({
  name: 'webhooks.parked',
  doc: 'The events that an endpoint has given up, the oldest calls first, a page of them.',
  role: 'viewer',
  http: ['GET', '/apps/:app/endpoints/:endpoint/parked'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      endpoint: endpointIdField,
      after: Type.Optional(pageField),
      limit: Type.Optional(limitField),
    },
    closed,
  ),
  answer: Type.Object({ parked: Type.Array(parkedAnswer), next: Type.Optional(Type.String()) }),
  async handle(
    context,
    { app, endpoint, after, limit = 1000 },
  ): Promise<{ readonly parked: readonly ParkedView[]; readonly next?: string }> {
    const { app: id } = endpointOf(context, app, endpoint);
    const cursor = after === undefined ? undefined : pageEnd(after);
    const place = cursor && { ...cursor, callId: callId(cursor.callId) };
    const found = await context.pending.parked(id, endpoint, place, limit + 1);
    const parked = found.slice(0, limit);
    const last = parked.at(-1);
    return {
      parked: parked.map((one) => ({ ...one, webhookId: webhookId(one) })),
      ...(found.length > limit && last !== undefined && { next: writeAttemptPlace({ ...last, at: 0 }) }),
    };
  },
});

const replayInput = Type.Object(
  {
    app: sdkAppIdField,
    /** All of them when not given. */
    endpoint: Type.Optional(endpointIdField),
    event: Type.Optional(eventIdField),
    from: Type.Optional(timeField),
    to: Type.Optional(timeField),
    parked: Type.Optional(Type.Boolean({ description: 'true or false' })),
  },
  closed,
);

export const replayWebhooks = operation({
  name: 'webhooks.replay',
  // It may take minutes: a key that was stolen must be removed meanwhile. Two that meet would count the same events as new.
  lane: 'replay',
  doc: 'Delivers events again: one, those of a time, or all that were given up. Says how many at each endpoint.',
  role: 'operator',
  http: ['POST', '/apps/:app/webhooks/replay'],
  input: replayInput,
  answer: Type.Record(Type.String(), Type.Integer(), { description: 'How many wait again, by endpoint.' }),
  handle: replay,
});

async function replay(
  context: OperationContext,
  { app, endpoint, ...choice }: Static<typeof replayInput>,
): Promise<Readonly<Record<string, number>>> {
  const { sdkAppId } = appOf(context.apps, app);
  const found = await choiceOf(context, sdkAppId, choice);
  // Who names an endpoint means it, whatever it asks for otherwise.
  const what = found?.what === 'event' && endpoint !== undefined ? { ...found, unwanted: true } : found;
  const endpoints = endpoint === undefined ? context.endpoints.of(sdkAppId) : [endpointOf(context, app, endpoint)];
  const counts: Record<string, number> = {};
  let count = 0;
  for (const one of endpoints) {
    if (one.url === '') continue;
    counts[one.id] = 0;
    const each = (step: Replayed): boolean => {
      count += step.count;
      counts[one.id] = (counts[one.id] ?? 0) + step.count;
      context.webhooks?.catchUp(one, step.fresh);
      // It may be removed meanwhile.
      return (context.endpoints.get(sdkAppId, one.id)?.url ?? '') !== '';
    };
    try {
      if (what !== undefined) await context.pending.replay(one, what, each);
    } catch (error) {
      if (count === 0) throw error;
      throw refuse('replay_broke_off', { count }, undefined, { cause: error });
    }
  }
  return counts;
}

/** Undefined: nothing is known of the call. */
async function choiceOf(
  context: OperationContext,
  app: SdkAppId,
  choice: { readonly event?: string; readonly from?: number; readonly to?: number; readonly parked?: boolean },
): Promise<ReplayChoice | undefined> {
  const { event, from, to, parked = false } = choice;
  const ways = [event !== undefined, from !== undefined || to !== undefined, parked].filter(Boolean).length;
  if (ways !== 1) {
    throw refuse('replay_what');
  }
  if (event !== undefined) {
    const named = readWebhookId(event);
    const call = await placeOf(context, app, named.callId);
    return call === undefined ? undefined : { what: 'event', call, event: named.event };
  }
  if (parked) return { what: 'parked' };
  if (from === undefined) throw refuse('field_missing', { field: 'from' }, 'from');
  if (to !== undefined && from > to) throw refuse('replay_order', {}, 'from');
  return { what: 'range', from, to: to ?? context.clock.now() };
}

/** What came back from a delivery that belongs to no call. */
export interface TestResult {
  readonly webhookId: string;
  readonly url: string;
  readonly status: number;
  /** ms. */
  readonly took: number;
  /** Why it counts as failed; empty when it was taken. */
  readonly error: string;
  readonly answer: string;
}

export const testWebhook = operation({
  name: 'webhooks.test',
  beside: true,
  doc: 'Sends a sample of a first event to an endpoint, once, and shows what it answers.',
  role: 'operator',
  http: ['POST', '/apps/:app/endpoints/:endpoint/test'],
  input: Type.Object({ app: sdkAppIdField, endpoint: endpointIdField }, closed),
  answer: testAnswer,
  async handle(context, { app, endpoint: id }): Promise<TestResult> {
    const { webhooks, pending } = context;
    const endpoint = endpointOf(context, app, id);
    if (endpoint.url === '') throw refuse('endpoint_no_url', { endpoint: id }, 'endpoint');
    if (webhooks === undefined) throw noServer();
    const sample = sampleOf(endpoint, context);
    const attempt = await webhooks.test(endpoint, { ...sample, id: webhookId(sample) });
    await pending.logTest(sample, attempt);
    const { status, took, error, answer } = attempt;
    return { webhookId: webhookId(sample), url: deliveryUrl(sample, endpoint.url), status, took, error, answer };
  },
});

/** The first event of a sample call, as this endpoint would be told of it. */
function sampleOf({ app, id, format }: Endpoint, { clock }: OperationContext): PendingEvent {
  const call = callId(randomUUID());
  const people = { caller: userId('alice'), callee: userId('bob') };
  const [step] = sampleSteps({ app, callId: call, ...people, now: clock.now() }, ['StartCall']);
  const [told] = step === undefined ? [] : formats[format].tell(step);
  if (step === undefined || told === undefined) throw new Error('A sample call has a first event.');
  const outgoing = { ...told, format, body: JSON.stringify(told.body), endpoints: [id] };
  // No event of a call has this number, so a replay of a time leaves it alone.
  return { ...(pendingOf(step, [outgoing])[0] as PendingEvent), eventSeq: 0 };
}

const noServer = (): Refusal => refuse('server_needed');

const kinds: Readonly<Record<string, readonly EventKind[]>> = {
  ...Object.fromEntries(
    Object.entries(eventWords).map(([word, command]) => [
      word,
      (Object.keys(callbackCommands) as EventKind[]).filter((kind) => callbackCommands[kind] === command),
    ]),
  ),
  call: ['StartCall', 'MemberChanged', 'EndCall'],
};

/** What `webhooks.trigger` can make happen. */
export const triggers: readonly string[] = Object.keys(kinds);

export const triggerWebhook = operation({
  name: 'webhooks.trigger',
  doc: 'Makes the events of a sample call happen, as real ones do: to every endpoint that wants them, with retries.',
  role: 'operator',
  http: ['POST', '/apps/:app/webhooks/trigger'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      event: Type.String({ maxLength: 64, description: triggers.join(', ') }),
      caller: Type.Optional(userIdField),
      callee: Type.Optional(userIdField),
    },
    closed,
  ),
  answer: Type.Object({
    callId: Type.String(),
    events: Type.Array(
      Type.Object({ webhookId: Type.String(), command: Type.String(), endpoints: Type.Array(Type.String()) }),
    ),
  }),
  async handle(
    context,
    { app, event, caller = 'alice', callee = 'bob' },
  ): Promise<{
    readonly callId: CallId;
    /** Of each event: its id, its word, and the endpoints that want it. */
    readonly events: readonly {
      readonly webhookId: string;
      readonly command: string;
      readonly endpoints: readonly string[];
    }[];
  }> {
    const { webhooks, pending, clock } = context;
    const { sdkAppId } = appOf(context.apps, app);
    const kind = Object.keys(eventWords).find((word) => eventWords[word] === event) ?? event;
    const wanted = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (wanted === undefined) {
      throw refuse('event_unknown', { event, known: triggers.join(', ') }, 'event');
    }
    if (webhooks === undefined) throw noServer();
    const id = callId(randomUUID());
    const people = { caller: userId(caller), callee: userId(callee) };
    const steps = sampleSteps({ app: sdkAppId, callId: id, ...people, now: clock.now() }, wanted);
    const told = [];
    for (const step of steps) {
      const outgoing = webhooks.outgoing(step);
      await pending.add(pendingOf(step, outgoing));
      webhooks.triggered(step, outgoing);
      // Those of the API even where nobody wants them: that is worth knowing.
      for (const { eventSeq, part, command } of formats.v4.tell(step)) {
        const sent = outgoing.find((one) => one.format === 'v4' && one.eventSeq === eventSeq);
        const endpoints = sent?.endpoints ?? [];
        told.push({ webhookId: webhookId({ callId: id, eventSeq, part }), command, endpoints });
      }
      for (const { format, eventSeq, part, command, endpoints } of outgoing) {
        if (format !== 'v1') continue;
        told.push({ webhookId: webhookId({ callId: id, eventSeq, part, format }), command, endpoints });
      }
    }
    return { callId: id, events: told };
  },
});
