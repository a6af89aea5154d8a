import { Type } from 'typebox';

/** A webhook endpoint. */
export const endpointAnswer = Type.Object({
  app: Type.Integer(),
  id: Type.String(),
  format: Type.String({ description: 'v4, or v1 of the legacy API' }),
  url: Type.String({ description: 'Empty: not configured.' }),
  commands: Type.Array(Type.String()),
  state: Type.String({ description: 'active, paused, or gone: it answered 410' }),
  failing: Type.Boolean({ description: 'It has failed so often that one attempt at a time asks for it.' }),
  token: Type.Boolean({ description: 'Sign and RequestTime are in its URL.' }),
  secrets: Type.Array(Type.String(), { description: 'In full when it is made or rotated only, else their ends.' }),
  waiting: Type.Integer(),
  parked: Type.Integer(),
});

const event = {
  webhookId: Type.String(),
  app: Type.Integer(),
  endpoint: Type.String(),
  startedAt: Type.Integer({ description: 'ms; of the call' }),
  callId: Type.String(),
  eventSeq: Type.Integer(),
  format: Type.String(),
  part: Type.Integer(),
  eventTime: Type.Integer({ description: 'ms' }),
  command: Type.String(),
  body: Type.String({ description: 'The payload.' }),
  clientIp: Type.String(),
  platform: Type.String(),
  firstAt: Type.Integer({ description: 'ms; of the first attempt' }),
  attempts: Type.Integer(),
};

/** An event that was given up. */
export const parkedAnswer = Type.Object(event);

/** An attempt to deliver. */
export const attemptAnswer = Type.Object({
  ...event,
  at: Type.Integer({ description: 'ms' }),
  url: Type.String(),
  status: Type.Integer({ description: 'HTTP; 0 when there was no answer' }),
  took: Type.Number({ description: 'ms' }),
  error: Type.String(),
  answer: Type.String({ description: 'The beginning of what came back.' }),
  attempt: Type.Integer(),
  outcome: Type.String({ description: 'delivered, failed, parked, test' }),
  nextAt: Type.Integer({ description: 'ms; 0 when there was to be no further attempt' }),
});

/** What came back from a test. */
export const testAnswer = Type.Object({
  webhookId: Type.String(),
  url: Type.String(),
  status: Type.Integer(),
  took: Type.Number({ description: 'ms' }),
  error: Type.String(),
  answer: Type.String(),
});
