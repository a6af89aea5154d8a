import { Type } from 'typebox';
import { appOf } from './app-view.ts';
import { limitField, sdkAppIdField, timeField } from './fields.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

const requestIdField = Type.String({
  pattern: '^(Id-)?[0-9a-f]{32}(-O-Seq-\\d{1,15})?$',
  description: 'the RequestId of an answer, such as Id-00f1…-O-Seq-10001, or its 32 digits',
});

const remembered = {
  requestId: Type.String(),
  app: Type.Integer({ description: '0 when it named none that exists' }),
  at: Type.Integer({ description: 'ms' }),
  command: Type.String(),
  code: Type.Integer({ description: 'The ErrorCode of the answer; -1 when the caller hung up before it.' }),
  took: Type.Number({ description: 'ms' }),
  clientIp: Type.String(),
};

export const findRequest = operation({
  name: 'requests.find',
  doc: 'What a request of the API was: from the history of the call that it changed, and from the memory of this node.',
  role: 'viewer',
  http: ['GET', '/requests/:requestId'],
  input: Type.Object({ requestId: requestIdField }, closed),
  answer: Type.Object({
    requestId: Type.String(),
    app: Type.Integer(),
    at: Type.Integer({ description: 'ms' }),
    remembered: Type.Boolean({ description: 'Whether this node remembers the answer.' }),
    callId: Type.Optional(Type.String({ description: 'The call that it changed.' })),
    seq: Type.Optional(Type.Integer({ description: 'The step of that call.' })),
    type: Type.Optional(Type.String({ description: 'What the step was.' })),
    command: Type.Optional(Type.String()),
    code: Type.Optional(Type.Integer()),
    took: Type.Optional(Type.Number({ description: 'ms' })),
    clientIp: Type.Optional(Type.String()),
  }),
  async handle({ apps, search, requests }, { requestId }) {
    const kept = requests?.find(requestId);
    const digits = /[0-9a-f]{32}/.exec(requestId)?.[0] ?? '';
    const among =
      kept === undefined || kept.app === 0
        ? apps.list().map(({ sdkAppId }) => sdkAppId)
        : [appOf(apps, kept.app).sdkAppId];
    for (const app of among) {
      // The history has ids of the legacy API as their digits alone.
      const step = (await search.stepOf(app, `Id-${digits}`)) ?? (await search.stepOf(app, digits));
      if (step === undefined) continue;
      return { app, remembered: kept !== undefined, ...step, ...kept };
    }
    if (kept === undefined) throw refuse('request_unknown', { requestId }, 'requestId');
    return { remembered: true, ...kept };
  },
});

export const listRequests = operation({
  name: 'requests.list',
  doc: 'The last requests of the API that this node remembers, the newest first.',
  role: 'viewer',
  http: ['GET', '/requests'],
  input: Type.Object(
    {
      app: Type.Optional(sdkAppIdField),
      code: Type.Optional(Type.Integer({ description: 'an ErrorCode' })),
      failed: Type.Optional(Type.Boolean({ description: 'true or false' })),
      limit: Type.Optional(limitField),
    },
    closed,
  ),
  answer: Type.Object({ requests: Type.Array(Type.Object(remembered)) }),
  handle({ requests }, { app, code, failed, limit = 100 }) {
    const wanted = (one: { readonly app: number; readonly code: number }): boolean =>
      (app === undefined || one.app === app) &&
      (code === undefined || one.code === code) &&
      (failed === undefined || (one.code !== 0) === failed);
    return { requests: requests?.newest(limit, wanted) ?? [] };
  },
});

export const requestRates = operation({
  name: 'requests.rates',
  doc: 'How many requests of the API came to this node in each minute of the last hours, by the code of the answer.',
  role: 'viewer',
  http: ['GET', '/requests/rates'],
  input: Type.Object({ from: Type.Optional(timeField), to: Type.Optional(timeField) }, closed),
  answer: Type.Object({
    since: Type.Integer({ description: 'ms; when this node began to count' }),
    nodes: Type.Integer({ description: 'How many nodes there are; what is counted came to the one that answers.' }),
    minutes: Type.Array(
      Type.Object({
        at: Type.Integer({ description: 'ms; where it begins' }),
        n: Type.Integer(),
        codes: Type.Record(Type.String(), Type.Integer()),
        slowest: Type.Number({ description: 'ms' }),
      }),
      { description: 'Those that had requests, the newest last.' },
    ),
  }),
  handle({ requests, nodes, clock }, { from = 0, to }) {
    const minutes = requests?.minutes(from, to ?? clock.now()) ?? [];
    return {
      since: requests?.since ?? clock.now(),
      nodes: nodes?.living().length ?? 1,
      minutes: minutes.map(({ at, n, codes, slowest }) => ({ at, n, codes: Object.fromEntries(codes), slowest })),
    };
  },
});
